#!/usr/bin/env bash
# Keeps one comment of the pull request $NUMBER of $REPOSITORY up to date with the text in $COMMENT.
set -euo pipefail

comments=repos/$REPOSITORY/issues/$NUMBER/comments
# the mark is the first line of every comment of ours; nobody else's comment is touched
known=$(gh api --paginate "$comments" \
  --jq '.[] | select(.user.type == "Bot" and (.body | startswith("<!-- iamrbac diff -->"))) | .id' | sed -n 1p)
if [ -n "$known" ]; then
  gh api --silent --method PATCH "repos/$REPOSITORY/issues/comments/$known" --field "body=@$COMMENT"
else
  gh api --silent --method POST "$comments" --field "body=@$COMMENT"
fi
