/** The value of a key in a map, which `make` makes on the first call. */
export function memo<K, V>(
  map: { get(key: K): V | undefined; set(key: K, value: V): unknown },
  key: K,
  make: (key: K) => V,
): V {
  const known = map.get(key)
  if (known !== undefined) return known
  const value = make(key)
  map.set(key, value)
  return value
}
