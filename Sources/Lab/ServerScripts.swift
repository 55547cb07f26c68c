import EnsembleModel

/// The scripts of an installation, conventional ones that behave as those of the version do: a start truncates
/// zookeeper.out; a stop doesn't wait; 3.4 kills with -9, later versions with TERM; a second start says "already running"
/// (exit code 0 in 3.4, 1 in later ones). Only the pause of a second after a start and a stop is left out.
enum ServerScripts {
    static func environment(_ version: Version) -> String {
        let logs =
            version < Version(3, 5, 0)
            ? #"ZOO_LOG_DIR=".""# : #"ZOO_LOG_DIR="$ZOOKEEPER_PREFIX/logs""#
        let heap =
            version < Version(3, 5, 0)
            ? ""
            : """

            # default heap for zookeeper server
            ZK_SERVER_HEAP="${ZK_SERVER_HEAP:-1000}"
            export SERVER_JVMFLAGS="-Xmx${ZK_SERVER_HEAP}m $SERVER_JVMFLAGS"

            """
        return """
            #!/usr/bin/env bash
            # Sets what zkServer.sh needs: paths, log directory, class path. Sourced, never run.

            ZOOBINDIR="${ZOOBINDIR:-/usr/bin}"
            ZOOKEEPER_PREFIX="${ZOOBINDIR}/.."

            if [ "x$ZOOCFGDIR" = "x" ]
            then
              ZOOCFGDIR="$ZOOBINDIR/../conf"
            fi

            if [ -f "$ZOOCFGDIR/zookeeper-env.sh" ]; then
              . "$ZOOCFGDIR/zookeeper-env.sh"
            fi

            if [ "x$ZOOCFG" = "x" ]
            then
                ZOOCFG="zoo.cfg"
            fi

            ZOOCFG="$ZOOCFGDIR/$ZOOCFG"

            if [ -f "$ZOOCFGDIR/java.env" ]
            then
                . "$ZOOCFGDIR/java.env"
            fi

            if [ "x${ZOO_LOG_DIR}" = "x" ]
            then
                \(logs)
            fi

            if [ "x${ZOO_LOG4J_PROP}" = "x" ]
            then
                ZOO_LOG4J_PROP="INFO,CONSOLE"
            fi

            if [ "$JAVA_HOME" != "" ]; then
              JAVA="$JAVA_HOME/bin/java"
            else
              JAVA=java
            fi

            # the conf directory first, then the libraries
            CLASSPATH="$ZOOCFGDIR"
            for i in "$ZOOKEEPER_PREFIX"/lib/*.jar
            do
                CLASSPATH="$CLASSPATH:$i"
            done
            \(heap)
            """
    }

    static func server(_ version: Version) -> String {
        let is34 = version < Version(3, 5, 0)
        return """
            #!/usr/bin/env bash
            # Starts, stops and asks a ZooKeeper server, as the script of version \(version) does.

            ZOOBIN="${BASH_SOURCE-$0}"
            ZOOBIN="$(dirname "${ZOOBIN}")"
            ZOOBINDIR="$(cd "${ZOOBIN}"; pwd)"

            . "$ZOOBINDIR"/zkEnv.sh

            if [ "x$JMXDISABLE" = "x" ] || [ "$JMXDISABLE" = 'false' ]
            then
              echo "\(is34 ? "JMX" : "ZooKeeper JMX") enabled by default" >&2
              ZOOMAIN="-Dcom.sun.management.jmxremote -Dcom.sun.management.jmxremote.local.only=false \
            org.apache.zookeeper.server.quorum.QuorumPeerMain"
            else
              echo "JMX disabled by user request" >&2
              ZOOMAIN="org.apache.zookeeper.server.quorum.QuorumPeerMain"
            fi

            if [ "x$SERVER_JVMFLAGS" != "x" ]
            then
                JVMFLAGS="$SERVER_JVMFLAGS $JVMFLAGS"
            fi

            if [ "x$2" != "x" ]
            then
                ZOOCFG="$ZOOCFGDIR/$2"
            fi

            echo "Using config: $ZOOCFG" >&2

            ZOO_DATADIR="$(grep "^[[:space:]]*dataDir" "$ZOOCFG" | sed -e 's/.*=//')"
            ZOO_DATADIR="$(echo "$ZOO_DATADIR" | sed -e 's/^[[:space:]]*//' -e 's/[[:space:]]*$//')"

            if [ -z "$ZOOPIDFILE" ]; then
                mkdir -p "$ZOO_DATADIR"
                ZOOPIDFILE="$ZOO_DATADIR/zookeeper_server.pid"
            else
                mkdir -p "$(dirname "$ZOOPIDFILE")"
            fi

            if [ ! -w "$ZOO_LOG_DIR" ] ; then
            mkdir -p "$ZOO_LOG_DIR"
            fi

            \(output(is34: is34))

            case $1 in
            start)
                echo  -n "Starting zookeeper ... "
                if [ -f "$ZOOPIDFILE" ]; then
                  if kill -0 `cat "$ZOOPIDFILE"` > /dev/null 2>&1; then
                     echo $command already running as process `cat "$ZOOPIDFILE"`.
                     exit \(is34 ? "0" : "1")
                  fi
                fi
                nohup "$JAVA" "-Dzookeeper.log.dir=${ZOO_LOG_DIR}" "-Dzookeeper.root.logger=${ZOO_LOG4J_PROP}" \
            \(atOutOfMemory(is34: is34))-cp "$CLASSPATH" $JVMFLAGS $ZOOMAIN "$ZOOCFG" > "$_ZOO_DAEMON_OUT" 2>&1 < /dev/null &
                if /bin/echo -n $! > "$ZOOPIDFILE"
                then
                  echo STARTED
                else
                  echo FAILED TO WRITE PID
                  exit 1
                fi
                ;;
            start-foreground)
                exec "$JAVA" "-Dzookeeper.log.dir=${ZOO_LOG_DIR}" "-Dzookeeper.root.logger=${ZOO_LOG4J_PROP}" \
            \(atOutOfMemory(is34: is34))-cp "$CLASSPATH" $JVMFLAGS $ZOOMAIN "$ZOOCFG"
                ;;
            stop)
                echo -n "Stopping zookeeper ... "
                if [ ! -f "$ZOOPIDFILE" ]
                then
                  echo "no zookeeper to stop (could not find file $ZOOPIDFILE)"
                else
                  kill \(is34 ? "-9 " : "")$(cat "$ZOOPIDFILE")
                  rm "$ZOOPIDFILE"
                  echo STOPPED
                fi
                exit 0
                ;;
            restart)
                shift
                "$0" stop ${@}
                sleep 3
                "$0" start ${@}
                ;;
            status)
                clientPortAddress=`grep "^[[:space:]]*clientPortAddress[^[:alpha:]]" "$ZOOCFG" | sed -e 's/.*=//'`
                if ! [ $clientPortAddress ]
                then
                  clientPortAddress="localhost"
                fi
                clientPort=`grep "^[[:space:]]*clientPort[^[:alpha:]]" "$ZOOCFG" | sed -e 's/.*=//'`
                STAT=`"$JAVA" -cp "$CLASSPATH" $CLIENT_JVMFLAGS $JVMFLAGS \
            org.apache.zookeeper.client.FourLetterWordMain $clientPortAddress $clientPort srvr 2> /dev/null \
            | grep Mode`
                if [ "x$STAT" = "x" ]
                then
                    echo "Error contacting service. It is probably not running."
                    exit 1
                else
                    echo $STAT
                    exit 0
                fi
                ;;
            *)
                echo "Usage: $0 {start|start-foreground|stop|restart|status}" >&2
                ;;
            esac

            """
    }

    /// Scripts from 3.5.5 on have the JVM killed where it is out of memory, so that no half of it goes on. (They also have it write its
    /// heap to a file.)
    private static func atOutOfMemory(is34: Bool) -> String {
        is34 ? "" : "-XX:OnOutOfMemoryError='kill -9 %p' "
    }

    private static func output(is34: Bool) -> String {
        is34
            ? #"_ZOO_DAEMON_OUT="$ZOO_LOG_DIR/zookeeper.out""#
            : #"""
            ZOO_LOG_FILE=zookeeper-$USER-server-$HOSTNAME.log
            _ZOO_DAEMON_OUT="$ZOO_LOG_DIR/zookeeper-$USER-server-$HOSTNAME.out"
            """#
    }
}
