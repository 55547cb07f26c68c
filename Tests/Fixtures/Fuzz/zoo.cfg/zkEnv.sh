#!/usr/bin/env bash
ZOO_LOG_DIR="$ZOOBINDIR/../logs"
export JVMFLAGS='-Xmx2g'
if [ "x$1" != "x" ]
then
  ZOO_LOG4J_PROP=INFO,CONSOLE
fi
cat <<END
A=b
END
