/** Path on the host of a path in an image ('' for the root itself) whose root is at the absolute path `root`. */
export function hostPath(root: string, path: string): string {
  if (path === '') return root
  return root === '/' ? `/${path}` : `${root}/${path}`
}
