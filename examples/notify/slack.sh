#!/bin/sh
# Posts how a run begins and ends, its warnings and its failures to an incoming webhook of Slack or Mattermost; all other events are
# left out. Needs jq.
#
#     export SLACK_WEBHOOK_URL=https://hooks.slack.com/services/...
#     zkops plan apply plan.yaml --notify examples/notify/slack.sh
set -eu
payload=$(jq --compact-output '
    # What Slack takes for markup.
    def plain: gsub("&"; "&amp;") | gsub("<"; "&lt;") | gsub(">"; "&gt;");
    def words:
        if .event == "run-started" then "\(.attempt) begins, \(.steps) steps"
        elif .event == "warning" then "warning: \(.message)"
        elif .event == "failure" then "failed\(if .step then " in step \(.step)" else "" end): \(.message)\n\(.remedy)"
        elif .event == "run-finished" then "\(.outcome) after \(.duration_s | round) s; no leader for \(.unavailable_s | round) s"
        else empty end;
    {text: "*\(.plan | plain)* on \(.ensemble | plain) (\(.run | plain)): \(words | plain)"}')
[ -n "$payload" ] || exit 0
printf '%s' "$payload" | curl --silent --show-error --fail --max-time 8 --output /dev/null \
    --header 'Content-Type: application/json' --data-binary @- "${SLACK_WEBHOOK_URL:?names no address}"
