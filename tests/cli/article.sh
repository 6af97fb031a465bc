#!/bin/sh
# docs/guide/article.md: every command runs, and every figure that the page puts in `code` stands in
# the answers of its section, line breaks aside. Every brief it names is compared with a golden file.
set -eu
LC_ALL=C COLUMNS=1000
export LC_ALL COLUMNS
cd "$SU_SOURCE_DIR"
page=docs/guide/article.md
dir=$(mktemp -d)
trap 'rm -rf "$dir"' EXIT
failed=0
n=0

# check TITLE: the section in $dir/section.
check() {
    sed -n 's/^    suanli //p' "$dir/section" >"$dir/commands"
    [ -s "$dir/commands" ] || return 0
    : >"$dir/answers"
    while read -r command; do
        # shellcheck disable=SC2086 # words of a command line
        "$SUANLI" $command --lang en >>"$dir/answers" || {
            echo "FAILED: suanli $command"
            failed=1
        }
        for word in $command; do
            case $word in
            examples/*) grep -qF "$word" tools/golden || {
                echo "FAILED: $word has no golden answer"
                failed=1
            } ;;
            esac
        done
    done <"$dir/commands"
    tr -s ' \n' '  ' <"$dir/answers" >"$dir/flat"
    grep -v '^    ' "$dir/section" | tr -s ' \n' '  ' | grep -o '`[^`]*`' | tr -d '`' |
        grep '[0-9]\|case\|enough' >"$dir/figures" || return 0
    while read -r figure; do
        n=$((n + 1))
        grep -qF -- "$figure" "$dir/flat" || {
            echo "FAILED: \"$figure\" is not in the answers of: $1"
            failed=1
        }
    done <"$dir/figures"
}

: >"$dir/section"
title=start
while IFS= read -r line || [ -n "$line" ]; do
    case $line in
    '## '*)
        check "$title"
        title=$line
        : >"$dir/section"
        ;;
    *) printf '%s\n' "$line" >>"$dir/section" ;;
    esac
done <"$page"
check "$title"
[ "$n" -gt 40 ] || {
    echo "FAILED: only $n figures were looked for"
    failed=1
}
[ "$failed" = 0 ] && echo "$n figures of $page stand in the answers"
exit "$failed"
