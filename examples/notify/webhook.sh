#!/bin/sh
# Posts every event of a run, as it is, to a webhook.
#
#     export WEBHOOK_URL=https://hooks.example.com/zkops
#     zkops plan apply plan.yaml --notify examples/notify/webhook.sh
#
# zkops gives a notifier 10 s for an event; curl gives up sooner, so that the warning says why.
exec curl --silent --show-error --fail --max-time 8 --output /dev/null \
    --header 'Content-Type: application/json' --data-binary @- "${WEBHOOK_URL:?names no address}"
