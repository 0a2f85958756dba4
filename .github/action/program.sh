#!/usr/bin/env bash
# Puts the program of the action into $RUNNER_TEMP/iamrbac-bin: the release $VERSION of $REPOSITORY, checked against its sums,
# or, without a version, a build of the action's own commit at $ACTION.
set -euo pipefail

to=$RUNNER_TEMP/iamrbac-bin
mkdir -p "$to"
case "$(uname -s)-$(uname -m)" in
  Linux-x86_64) target=x86_64-unknown-linux-musl ;;
  Linux-aarch64 | Linux-arm64) target=aarch64-unknown-linux-musl ;;
  Darwin-x86_64) target=x86_64-apple-darwin ;;
  Darwin-arm64) target=aarch64-apple-darwin ;;
  *) target=x86_64-pc-windows-msvc ;;
esac
if [ -z "$VERSION" ]; then
  # in the action's directory: cargo would obey a configuration or a toolchain file of the checkout
  cd "$ACTION"
  cargo build --locked --release --target-dir "$RUNNER_TEMP/iamrbac-target"
  cp "$RUNNER_TEMP/iamrbac-target/release/"iamrbac* "$to/"
  exit
fi
if [[ ! $VERSION =~ ^v[0-9]+\.[0-9]+\.[0-9]+(-[0-9A-Za-z.]+)?$ ]]; then
  printf '::error::no release is called %q\n' "$VERSION"
  exit 2
fi
archive=iamrbac-$VERSION-$target.tar.gz
cd "$to"
gh release download "$VERSION" --repo "$REPOSITORY" --clobber --pattern "$archive" --pattern SHA256SUMS
grep -F "  $archive" SHA256SUMS >sum
if command -v sha256sum >/dev/null; then sha256sum --check --strict sum; else shasum -a 256 --check sum; fi
tar -xzf "$archive" --strip-components=1
