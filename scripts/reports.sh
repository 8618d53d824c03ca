#!/usr/bin/env bash
# Mishaps that users of other package managers reported, tried on the built program: docs/reports.md says where each comes from. Each case is
# a function of this file that works in a folder of its own and ends with 0 (right), 1 (wrong) or 77 (cannot be tried here).
# Usage: scripts/reports.sh [CASE ...]     after npm run build; as root, for mounts and other users
set -u
root=$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)
script=$root/scripts/reports.sh
pkg6() { node "$root/dist/bin/pkg6.cjs" "$@"; }
pkg6repo() { node "$root/dist/bin/pkg6repo.mjs" "$@"; }
unset http_proxy https_proxy HTTP_PROXY HTTPS_PROXY all_proxy ALL_PROXY no_proxy NO_PROXY PKG_IMAGE PKG_REPO

wrong() { echo "WRONG: $*"; cat out err 2>/dev/null | sed 's/^/  | /'; exit 1; }
skip() { echo "SKIP: $*"; exit 77; }
# p WORDS: runs pkg6 on the image; rc, out and err tell what it did.
p() { pkg6 -R img "$@" >out 2>err </dev/null; rc=$?; }
ok() { p "$@"; [ $rc = 0 ] || wrong "'$*' exits $rc"; }
# pub FMRI [ACTION ...]: publishes a package whose payload words are files below proto.
pub() {
  local name=$1; shift
  { echo "set name=pkg.fmri value=pkg://t/$name"; printf '%s\n' "$@"; } | pkg6repo publish -s repo -d proto - >pub.out 2>&1 ||
    { cat pub.out; exit 2; }
}
image() { pkg6 image-create -F -p "file://$PWD/repo" img >out 2>err || wrong 'no image'; }
own='owner=root group=root mode=0644'
# in_mounts: runs the case again where mounts are its own.
in_mounts() {
  [ -n "${IN_MOUNTS:-}" ] && return
  unshare -m true 2>/dev/null || skip 'no mount name spaces'
  IN_MOUNTS=1 exec unshare -m bash "$script" --inside "$1"
}
versions() { pkg6 -R img list -Hv 2>/dev/null | sed 's/.*pkg:\/\/t\///; s/[,: ].*//' | sort | tr '\n' ' '; }

# Disks

mount_point_below_a_package() {
  in_mounts mount_point_below_a_package
  pub a@1 "dir path=opt/data owner=root group=root mode=0755" "file f path=opt/f $own"; image; ok install a
  mount -t tmpfs tmpfs img/opt/data && echo mine >img/opt/data/mine
  p uninstall a
  [ "$(cat img/opt/data/mine)" = mine ] || wrong 'a foreign file is lost'
  umount img/opt/data
  [ $rc = 0 ] || { grep -q opt/data err || wrong "exits $rc and does not name the directory"; ok uninstall a; }
  [ ! -e img/opt/f ] || wrong 'the file is still there'
}
full_tmp() {
  in_mounts full_tmp
  pub a@1 "file f path=f $own"; mkdir tmp; mount -t tmpfs -o size=64k tmpfs tmp; head -c 1M /dev/zero >tmp/fill 2>/dev/null
  export TMPDIR=$PWD/tmp; image; ok install a; ok verify
}
full_home() {
  in_mounts full_home
  pub a@1 "file f path=f $own"; mkdir full; mount -t tmpfs -o size=64k tmpfs full; head -c 1M /dev/zero >full/fill 2>/dev/null
  export HOME=$PWD/full XDG_CACHE_HOME=$PWD/full/cache; image; ok install a; ok list; ok uninstall a
}
full_disk_at_installation() {
  in_mounts full_disk_at_installation
  head -c 3M /dev/urandom >proto/big; pub small@1 "file f path=f $own"; pub big@1 "file big path=big $own"
  mkdir img; mount -t tmpfs -o size=3M tmpfs img; image; ok install small; before=$(du -sk img | cut -f1)
  p install big; [ $rc = 1 ] || wrong "exits $rc"; grep -qi 'space' err || wrong 'space is not mentioned'
  [ ! -e img/big ] || wrong 'half is installed'; ok verify; [ "$(versions)" = 'small@1 ' ] || wrong "$(versions)"
  [ "$(du -sk img | cut -f1)" -le $((before + 64)) ] || wrong "left behind: $(find img -newer pub.out | tr '\n' ' ')"
}
full_disk_at_removal() {
  in_mounts full_disk_at_removal
  head -c 1M /dev/urandom >proto/big; pub big@1 "file big path=big $own"
  mkdir img; mount -t tmpfs -o size=4M tmpfs img; image; ok install big; head -c 9M /dev/zero >img/fill 2>/dev/null
  p uninstall big
  [ $rc = 0 ] || { grep -qi 'space' err || wrong 'space is not mentioned'; rm img/fill; ok verify; ok uninstall big; }
  [ ! -e img/big ] || wrong 'still there'
}
cache_that_cannot_be_written() {
  pub a@1 "file f path=f $own"; : >afile; export XDG_CACHE_HOME=$PWD/afile/cache; image; ok install a; ok verify
}
read_only_image() {
  in_mounts read_only_image
  pub a@1 "file f path=f $own"; image; ok install a; mount --bind img img; mount -o remount,ro,bind img
  for words in list 'info a' 'contents a' verify publisher history 'list -a'; do ok $words; done
  p uninstall a; [ $rc = 1 ] || wrong "uninstall exits $rc"; grep -qi 'read-only' err || wrong 'it does not say read-only'
}
overlay_with_a_new_layer() {
  in_mounts overlay_with_a_new_layer
  pub a@1 "file f path=opt/a/f $own"; pub b@1 "file f path=opt/b/f $own"; image; ok install a; mv img lower
  mkdir top img; mount -t tmpfs tmpfs top; mkdir top/up top/work
  mount -t overlay overlay -o "lowerdir=lower,upperdir=top/up,workdir=top/work" img || skip 'no overlayfs'
  ok install b; ok verify; ok uninstall a; [ ! -e img/opt/a ] || wrong 'still there'; ok verify; [ -f lower/opt/a/f ] || wrong 'the lower layer changed'
}
immutable_program() {
  echo 2 >proto/g; pub a@1 "file f path=opt/a/prog $own" "file f path=opt/a/other $own"; image; ok install a
  chattr +i img/opt/a/prog 2>/dev/null || skip 'no chattr'
  trap 'chattr -R -i "$PWD/img/opt" 2>/dev/null' EXIT
  pub a@2 "file g path=opt/a/prog $own" "file g path=opt/a/other $own"
  p update; [ $rc = 1 ] || wrong "exits $rc"; grep -q opt/a/prog err || wrong 'the path is not named'
  [ "$(cat img/opt/a/other)" = "$(cat proto/f)" ] || wrong 'half is updated'
  chattr -i img/opt/a/prog; ok update; ok verify; [ "$(cat img/opt/a/prog)" = 2 ] || wrong 'not updated'
}
immutable_settings() {
  echo 2 >proto/g; pub a@1 "file f path=etc/a.conf $own preserve=renamenew" "file f path=opt/a $own"; image; ok install a
  echo edited >img/etc/a.conf; chattr +i img/etc/a.conf 2>/dev/null || skip 'no chattr'
  trap 'chattr -i "$PWD/img/etc/a.conf" 2>/dev/null' EXIT
  pub a@2 "file g path=etc/a.conf $own preserve=renamenew" "file g path=opt/a $own"
  ok update; [ "$(cat img/etc/a.conf)" = edited ] || wrong 'edited settings are lost'
  [ "$(cat img/etc/a.conf.new)" = 2 ] || wrong 'the new settings are not beside them'
}

# Clean-up

remains_of_a_killed_publication() {
  for n in 1 2 3 4 5 6; do
    head -c 2M /dev/urandom >proto/r$n
    printf 'set name=pkg.fmri value=pkg://t/k%s@1\nfile r%s path=r%s %s\n' $n $n $n "$own" >k$n.p5m
    node "$root/dist/bin/pkg6repo.mjs" publish -s repo -d proto k$n.p5m >/dev/null 2>&1 &
    sleep 0.$((n * 7 + 8)); kill -9 $! 2>/dev/null; wait 2>/dev/null
  done
  pub last@1 "file f path=f $own"
  left=$(ls repo/publisher/t repo/publisher/t/trans | grep -E '^(catalog\.[0-9]|old\.catalog|[0-9]+_)'); [ -z "$left" ] || wrong "left behind: $left"
  pkg6repo verify -s repo >out 2>err || wrong 'verify finds something'
  pkg6repo list -Hs repo last >out 2>err || wrong 'the last package is not listed'
}
remains_of_an_older_crash() {
  pub a@1 "file f path=f $own"; cp -r repo/publisher/t/catalog repo/publisher/t/catalog.99999; cp -r repo/publisher/t/catalog repo/publisher/t/old.catalog
  mkdir -p repo/publisher/t/trans/1700000000_99999; pub b@1 "file f path=g $own"
  left=$(ls repo/publisher/t repo/publisher/t/trans | grep -E '^(catalog\.[0-9]|old\.catalog|[0-9]+_)'); [ -z "$left" ] || wrong "left behind: $left"
  mv repo/publisher/t/catalog repo/publisher/t/old.catalog; pub c@1 "file f path=h $own"
  [ "$(pkg6repo list -Hs repo | wc -l)" = 3 ] || wrong 'a package is lost'
}
directory_of_others() {
  pub a@1 "file f path=usr/share/a/f $own"; image; ok install a; mkdir -p img/usr/share/mine; echo 1 >img/usr/share/mine/f
  ok uninstall a; [ "$(find img -path '*mine/f' | wc -l)" = 1 ] || wrong 'files of others are gone'
  [ -f img/usr/share/mine/f ] || grep -q 'usr/share' out err || wrong 'it does not say where they are'
}
directory_that_became_a_link() {
  pub a@1 "file f path=opt/a/f $own"; image; ok install a; mkdir disk; mv img/opt/a/f disk/; rmdir img/opt/a; echo mine >disk/mine; ln -s "$PWD/disk" img/opt/a
  p uninstall a; [ $rc = 0 ] || [ $rc = 1 ] || wrong "exits $rc"; [ -f disk/mine ] || wrong 'a foreign file is gone'
}

# Concurrent runs and locks

two_installations_at_once() {
  for n in 1 2 3; do pub p$n@1 "file f path=p$n $own"; done; image
  for n in 1 2 3; do (pkg6 -R img install p$n >out$n 2>&1; echo $? >rc$n) & done; wait
  done_=0; for n in 1 2 3; do case $(cat rc$n) in 0) done_=$((done_ + 1)) ;; 7) grep -q '[0-9]' out$n || wrong "nobody named: $(cat out$n)" ;; *) wrong "exits $(cat rc$n): $(cat out$n)" ;; esac; done
  [ $done_ -ge 1 ] || wrong 'nobody succeeds'; ok verify; [ "$(versions | wc -w)" = $done_ ] || wrong "$(versions)"
}
stale_lock() {
  pub a@1 "file f path=f $own"; image; lock=$(find img -name lock -path '*pkg*' | head -1); [ -n "$lock" ] || lock=img/var/pkg/lock
  printf '999999999\npkg6\n%s\n2026-01-01T00:00:00\n' "$(hostname)" >"$lock"; timeout 20 node "$root/dist/bin/pkg6.cjs" -R img install a >out 2>err; rc=$?
  [ $rc = 0 ] || wrong "exits $rc"
}
lock_of_an_earlier_boot() {
  # The number of the dead owner belongs to another process now.
  pub a@1 "file f path=f $own"; image; lock=$(find img -name lock -path '*pkg*' | head -1); [ -n "$lock" ] || lock=img/var/pkg/lock
  sleep 100 & other=$!; trap 'kill $other' EXIT
  printf '%s\npkg6\n%s\n2026-01-01T00:00:00\nlinux 1 of another boot\n' $other "$(hostname)" >"$lock"; p install a
  [ $rc = 0 ] || { [ $rc = 7 ] && grep -q "$other" err; } || wrong "exits $rc"
}
user_without_rights() {
  pub a@1 "file f path=f $own"; image; chmod 755 . ; command -v setpriv >/dev/null || skip 'no setpriv'
  setpriv --reuid 65534 --regid 65534 --clear-groups true 2>/dev/null || skip 'not root'
  HOME=/nonexistent setpriv --reuid 65534 --regid 65534 --clear-groups node "$root/dist/bin/pkg6.cjs" -R img install a >out 2>err; rc=$?
  [ $rc = 1 ] || wrong "exits $rc"; grep -qiE 'privilege|permission|rights|root' err || wrong 'it does not say why'; ! grep -qE '\bat .*:[0-9]+' err || wrong 'a stack trace'
}
publications_at_once() {
  for n in 1 2 3 4 5; do (pub q$n@1 "file f path=q$n $own") & done; wait
  [ "$(pkg6repo list -Hs repo | wc -l)" = 5 ] || wrong 'packages are lost'; pkg6repo verify -s repo >out 2>err || wrong 'verify finds something'
}
readers_during_publications() {
  pub a@1 "file f path=f $own"; image
  (for n in 1 2 3 4 5 6 7 8; do pub a@1.$n "file f path=f $own"; done; : >stop) &
  runs=0; while [ ! -e stop ]; do p refresh --full; [ $rc = 0 ] || wrong "refresh exits $rc"; pkg6repo list -s repo >out 2>err || wrong 'list fails'; runs=$((runs + 1)); done; wait
  [ $runs -gt 1 ] || wrong 'nothing was tried'
}
previews_with_one_cache() {
  pub a@1 "file f path=f $own"; export XDG_CACHE_HOME=$PWD/cache
  echo '{"publishers":["t"],"installed":[],"variants":{},"facets":{}}' >image.json
  echo '{"image":"image.json","operation":"install","patterns":["a"]}' >request.json
  for n in 1 2 3 4; do (pkg6 plan --catalog repo/publisher/t/catalog --request request.json >plan$n 2>err$n; echo $? >rc$n) & done; wait
  for n in 1 2 3 4; do [ "$(cat rc$n)" = "$(cat rc1)" ] && cmp -s plan1 plan$n || wrong "$(cat rc$n) $(cat err$n)"; done
  [ "$(cat rc1)" = 0 ] || wrong "exits $(cat rc1): $(cat err1)"
}

# Output that goes away

reader_that_ends() {
  for n in 1 2 3 4 5 6; do pub w$n@1 "file f path=w$n $own"; done; image; ok install 'w*'
  for words in list contents 'info w1' 'history -l'; do pkg6 -R img $words 2>err | head -c 1 >/dev/null; [ ! -s err ] || wrong "$words: $(cat err)"; done
  pkg6repo list -s repo 2>err | head -c 1 >/dev/null; [ ! -s err ] || wrong "pkg6repo list: $(cat err)"
}
output_lost_in_an_installation() {
  for n in 1 2 3; do pub x$n@1 "file f path=x$n $own"; done; image
  pkg6 -R img install -v x1 x2 x3 2>/dev/null | head -c 1 >/dev/null; rc=${PIPESTATUS[0]}
  n=$(versions | wc -w); [ "$n" = 0 ] || [ "$n" = 3 ] || wrong "$n of 3 are installed"; ok verify
}
full_device_for_output() {
  pub a@1 "file f path=f $own"; image; ok install a
  for words in list contents; do pkg6 -R img $words >/dev/full 2>err; [ $? = 1 ] || wrong "$words succeeds"; grep -qiE 'space|ENOSPC|written' err || wrong "$words does not say why"; done
}

# Proxies and certificates

exceptions_of_a_proxy() {
  pub a@1 "file f path=f $own"; depot; export http_proxy=http://127.0.0.1:9/ no_proxy=$(hostname -i 2>/dev/null | cut -d' ' -f1),127.0.0.1
  pkg6 image-create -F -p "$uri" img >out 2>err || wrong 'no image'; ok install a
}
dead_proxy_is_named() {
  pub a@1 "file f path=f $own"; export http_proxy=http://127.0.0.1:9/ PKG_CLIENT_MAX_TIMEOUT=1
  pkg6 image-create -F -p http://pkg.invalid/ img >out 2>err; rc=$?; [ $rc = 1 ] || wrong "exits $rc"; grep -q '127.0.0.1:9' err || wrong 'the proxy is not named'
}
certificate_nobody_signed() {
  pub a@1 "file f path=f $own"; cat >server.mjs <<'JS'
import { createServer } from 'node:https'
import { readFileSync } from 'node:fs'
const [folder] = process.argv.slice(2)
const server = createServer({ key: readFileSync(`${folder}/key.pem`), cert: readFileSync(`${folder}/certificate.pem`) }, (_, answer) => answer.end())
server.listen(0, '127.0.0.1', () => console.log(server.address().port))
JS
  node server.mjs "$root/test/fixtures/tls" >port & trap "kill $!" EXIT; for _ in $(seq 50); do [ -s port ] && break; sleep 0.1; done
  PKG_CLIENT_MAX_TIMEOUT=1 pkg6 image-create -F -p "https://127.0.0.1:$(cat port)/" img >out 2>err; rc=$?
  [ $rc = 1 ] || wrong "exits $rc"; grep -qi 'certificate' err || wrong 'the certificate is not mentioned'
}
depot() {
  node "$root/dist/bin/pkg6depot.mjs" -d repo -p 0 >port 2>depot.err & depot=$!; trap 'kill $depot 2>/dev/null' EXIT
  for _ in $(seq 100); do [ -s port ] && break; sleep 0.1; done; uri=$(head -1 port); [ -n "$uri" ] || skip 'no depot'
}

# Publication

one_version_twice() {
  pub a@1:20260101T000000Z "file f path=f $own"; before=$(cat repo/publisher/t/catalog/catalog.attrs)
  printf 'set name=pkg.fmri value=pkg://t/a@1:20260101T000000Z\nfile f path=g %s\n' "$own" | pkg6repo publish -s repo -d proto - >out 2>err && wrong 'it is published twice'
  grep -q 'published already' err || wrong 'it does not say why'; [ "$before" = "$(cat repo/publisher/t/catalog/catalog.attrs)" ] || wrong 'the catalog changed'
}
version_built_again() {
  pub a@1 "file f path=f $own"; image; ok install a; echo again >proto/f; pub a@1 "file f path=f $own"; ok update; [ "$(cat img/f)" = again ] || wrong 'the client keeps the old build'; ok verify
  pkg6repo verify -s repo >out 2>err || wrong 'the repository is damaged'
}
one_file_name_for_two_versions() {
  pub a@1 "file f path=f $own"; echo second >proto/f; pub a@2 "file f path=f $own"; image; ok install a@1; [ "$(cat img/f)" = first ] || wrong 'the first content is lost'
  ok update; [ "$(cat img/f)" = second ] || wrong 'the second content is lost'
}

# Settings

edited_settings_stay() {
  pub a@1 "file f path=etc/a.conf $own preserve=true"; image; ok install a; echo edited >img/etc/a.conf; echo new >proto/f
  pub a@2 "file f path=etc/a.conf $own preserve=true"; ok update; [ "$(cat img/etc/a.conf)" = edited ] || wrong 'edited settings are lost'; ok verify
}
removed_settings() {
  pub a@1 "file f path=etc/a.conf $own preserve=true" "file f path=b $own"; image; ok install a; rm img/etc/a.conf; echo new >proto/g
  pub a@2 "file f path=etc/a.conf $own preserve=true" "file g path=b $own"; ok update; [ ! -e img/etc/a.conf ] || wrong 'an unchanged file that was removed is back'
}

# Interrupted upgrades

power_button_in_an_update() {
  for n in $(seq 200); do echo $n >proto/n$n; done
  lines() { for n in $(seq 200); do echo "file n$(((n + $1) % 200 + 1)) path=d/$n $own"; done; }
  mapfile -t one < <(lines 0); mapfile -t two < <(lines 1); pub a@1 "${one[@]}"; image; ok install a; pub a@2 "${two[@]}"
  for delay in 0.1 0.2 0.3 0.35 0.4 0.5; do
    node "$root/dist/bin/pkg6.cjs" -R img update >/dev/null 2>&1 & sleep $delay; kill -9 $! 2>/dev/null; wait $! 2>/dev/null
    ok verify; [ "$(versions | wc -w)" = 1 ] || wrong "$(versions)"
  done
  p update; [ $rc = 0 ] || [ $rc = 4 ] || wrong "exits $rc"; ok verify; [ "$(versions)" = 'a@2 ' ] || wrong "$(versions)"
}
signal_in_an_installation() {
  for n in $(seq 200); do echo $n >proto/n$n; done; mapfile -t all < <(for n in $(seq 200); do echo "file n$n path=d/$n $own"; done); pub a@1 "${all[@]}"; image
  for delay in 0.2 0.3 0.4; do
    node "$root/dist/bin/pkg6.cjs" -R img install a >/dev/null 2>&1 & sleep $delay; kill -TERM $! 2>/dev/null; wait $! 2>/dev/null; code=$?
    n=$(find img/d -type f 2>/dev/null | wc -l); [ "$n" = 0 ] || [ "$n" = 200 ] || wrong "$n of 200 files"
    [ $code = 0 ] && [ "$n" = 0 ] && wrong 'success, and nothing is there'; ok verify; [ "$n" = 0 ] || ok uninstall a
  done
}

cases=$(sed -n '/^# Disks/,$ s/^\([a-z][a-z_]*\)() {.*/\1/p' "$script" | grep -vx depot)
if [ "${1:-}" = --list ]; then echo "$cases"; exit; fi
if [ "${1:-}" = --inside ]; then "$2"; exit; fi
right=0 wrong=0 skipped=0
for name in ${*:-$cases}; do
  work=$(mktemp -d "${TMPDIR:-/tmp}/pkg6-report.XXXXXX")
  out=$(cd "$work" && export HOME=$work XDG_CACHE_HOME=$work/cache && mkdir proto && echo first >proto/f &&
    pkg6repo create repo >/dev/null && pkg6repo add-publisher -s repo t && timeout 200 bash "$script" --inside "$name" 2>&1); rc=$?
  rm -rf "$work"
  case $rc in
    0) right=$((right + 1)) ;;
    77) skipped=$((skipped + 1)); echo "skipped $name: ${out##*$'\n'}" ;;
    *) wrong=$((wrong + 1)); echo "wrong   $name: $(printf %s "$out" | tr '\n' ' ' | cut -c1-400)" ;;
  esac
done
echo "$right right, $wrong wrong, $skipped skipped"
[ $wrong = 0 ]
