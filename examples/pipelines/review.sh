#!/usr/bin/env bash
# Reviews a change of access: lint, diff and test of the working tree, each judged by its base.
#
#   review.sh BASE OUT [PATH...]
#
# BASE is a revision that has been fetched, OUT a directory for the reports, PATH what holds the manifests (else all).
# Writes OUT/comment.md, OUT/lint.sarif, OUT/diff.sarif and OUT/test.xml. IAMRBAC names the program; FAIL_ON (gained, lost,
# escalation, any; else escalation) and LINT_FAIL_ON (note, warning, error, never; else error) say what fails.
# Exit status: 0 clean, 1 something to look at, 2 something could not be judged.
set -euo pipefail

base=$1 out=$2
shift 2
case $base in -* | '') printf 'no revision: %s\n' "$base" >&2 && exit 2 ;; esac
# a name that is both is the path: nobody judges their change by a directory that they call like the base
if [ -e "$base" ]; then printf 'a path, and not only a revision: %s\n' "$base" >&2 && exit 2; fi
program=${IAMRBAC:-iamrbac}
files=()
for path in "$@"; do files+=("--filename=$path"); done
mkdir -p -- "$out"

worst=0
# runs a command, and keeps the worst status of all
judged() {
  local status=0
  "$@" || status=$?
  if ((status > 2)); then status=2; fi
  if ((status > worst)); then worst=$status; fi
}

# an empty list is an unbound variable to the bash of macOS
lint=("$program" lint "--base=$base" ${files[@]+"${files[@]}"} "--fail-on=${LINT_FAIL_ON:-error}")
judged "${lint[@]}" -o sarif >"$out/lint.sarif"

# `--` keeps whatever a branch is called from being an option
diff=("$program" diff ${files[@]+"${files[@]}"} "--fail-on=${FAIL_ON:-escalation}")
judged "${diff[@]}" -o sarif -- "$base" >"$out/diff.sarif"
"${diff[@]}" -o markdown -- "$base" >"$out/comment.md" 2>/dev/null || true
{
  printf '\n<details><summary>Findings of <code>iamrbac lint</code></summary>\n\n'
  "${lint[@]}" -o markdown 2>/dev/null || true
  printf '\n</details>\n'
} >"$out/lint.md"
# a comment has room for so much, and what access changes comes first
if (($(wc -c <"$out/comment.md") + $(wc -c <"$out/lint.md") < 65000)); then
  cat -- "$out/lint.md" >>"$out/comment.md"
fi
rm -- "$out/lint.md"

if git ls-tree -r --name-only "$base" 2>/dev/null | grep 'iamrbac\.test\.yaml$' >/dev/null ||
  [ -n "$(find . -name '*iamrbac.test.yaml' -not -path './.git/*' -print -quit)" ]; then
  judged "$program" test "--base=$base" -o junit >"$out/test.xml"
fi
exit "$worst"
