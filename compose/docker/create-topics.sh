#!/usr/bin/env bash
# Creates the topics of topics.toml with Kafka's own tool, unless they are there.
set -euo pipefail
bootstrap=$1 list=$2
name="" partitions=""
while IFS= read -r line; do
    case "$line" in
        name\ =*) name=$(sed 's/.*"\(.*\)".*/\1/' <<<"$line") ;;
        partitions\ =*) partitions=${line##*= } ;;
        config\ =*)
            config=()
            while IFS= read -r pair; do
                config+=(--config "$pair")
            done < <(grep -o '"[^"]*" = "[^"]*"' <<<"$line" | sed 's/"\([^"]*\)" = "\([^"]*\)"/\1=\2/')
            /opt/kafka/bin/kafka-topics.sh --bootstrap-server "$bootstrap" --create --if-not-exists \
                --topic "$name" --partitions "$partitions" --replication-factor 1 "${config[@]}"
            ;;
    esac
done <"$list"
