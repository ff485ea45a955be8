#!/bin/sh
# The main job from nothing: a shop's files, a bundle, its figures, its answers. Usage: sh docs/demo.sh [SOUTUI]
set -eu
soutui=${1:-soutui}
shop=demo-shop
rm -rf "$shop" "$shop-files"

step() {
    printf '\n\033[1m$ soutui %s\033[0m\n' "$*"
    "$soutui" "$@"
}

step sample "$shop-files"
step init "$shop" --items "$shop-files/items.jsonl" --events "$shop-files/events.jsonl"
step import "$shop" --queries "$shop-files/queries.tsv" --judgments "$shop-files/judgments.tsv"
step build "$shop"
step evaluate "$shop"
step search "$shop" "steel bottle for hiking" -k 5
step search "$shop" "降噪耳机" -k 5
step search "$shop" "bottle" --user u42 --filter "price<=40" -k 3
step recommend "$shop" u42 -k 5
step similar "$shop" tent-01 -k 3
