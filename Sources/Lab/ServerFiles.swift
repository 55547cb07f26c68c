import EnsembleModel

/// The files in `conf` of an installation, as an operator keeps them.
enum ServerFiles {
    static func zooConfig(_ server: LabServer, _ topology: LabTopology, members: [LabHost]) -> String {
        var text = """
            # The number of milliseconds of each tick
            tickTime=\(topology.tickTime)
            # The number of ticks that the initial
            # synchronization phase can take
            initLimit=\(topology.initLimit)
            # The number of ticks that can pass between
            # sending a request and getting an acknowledgement
            syncLimit=\(topology.syncLimit)
            # the directory where the snapshot is stored.
            dataDir=\(server.dataDir)
            # the transaction logs have a disk of their own
            dataLogDir=\(server.dataLogDir)
            # the port at which the clients will connect
            clientPort=\(topology.ports.client)
            clientPortAddress=\(server.host.address)
            # the maximum number of client connections of one address.
            # increase this if you need to handle more clients
            maxClientCnxns=300
            #
            # Be sure to read the maintenance section of the
            # administrator guide before turning on autopurge.
            #autopurge.snapRetainCount=3
            #autopurge.purgeInterval=1

            """
        if server.host.role == .observer { text += "peerType=observer\n" }
        if server.installation.version >= Version(3, 5, 0) {
            if topology.allowsFourLetterWords { text += "4lw.commands.whitelist=*\n" }
            if topology.hasAdminServer {
                text += """
                    admin.serverAddress=\(server.host.address)
                    admin.serverPort=\(topology.ports.admin)

                    """
            } else {
                text += "admin.enableServer=false\n"
            }
        }
        for setting in topology.settings { text += "\(setting.key)=\(setting.value)\n" }
        text += "\n# the ensemble\n"
        for member in members {
            let role = member.role == .observer ? ":observer" : ""
            let myid = member.myid?.description ?? ""
            text += "server.\(myid)=\(member.address):\(topology.ports.quorum):\(topology.ports.election)\(role)\n"
        }
        return text
    }

    /// Small heaps and a quick start, so that a dozen servers fit on one machine.
    static func javaEnvironment(java: String, logging: ZooKeeperRelease.Logging) -> String {
        var text = """
            # sourced by bin/zkEnv.sh
            export SERVER_JVMFLAGS="-Xms32m -Xmx160m -XX:+UseSerialGC -XX:TieredStopAtLevel=1 -Xshare:auto"
            # no JMX connector
            JMXDISABLE=true

            """
        if logging == .log4j1Bridge {
            text += """
                # the log library is log4j 2; this has it read log4j.properties
                export SERVER_JVMFLAGS="$SERVER_JVMFLAGS -Dlog4j1.compatibility=true"

                """
        }
        if java != "/usr/bin/java", java.hasSuffix("/bin/java") {
            text += "JAVA_HOME=\(java.dropLast("/bin/java".count))\n"
        }
        return text
    }

    static func logConfigName(_ logging: ZooKeeperRelease.Logging) -> String {
        logging == .log4j2 ? "log4j2.properties" : "log4j.properties"
    }

    static func logConfig(_ logging: ZooKeeperRelease.Logging) -> String {
        logging == .log4j2 ? log4j2Properties : log4jProperties
    }
}

private let log4jProperties = #"""
    # Define some default values that can be overridden by system properties
    zookeeper.root.logger=INFO, CONSOLE
    zookeeper.console.threshold=INFO
    zookeeper.log.dir=.
    zookeeper.log.file=zookeeper.log
    zookeeper.log.threshold=INFO

    #
    # ZooKeeper Logging Configuration
    #

    # DEFAULT: console appender only
    log4j.rootLogger=${zookeeper.root.logger}

    #
    # Log INFO level and above messages to the console
    #
    log4j.appender.CONSOLE=org.apache.log4j.ConsoleAppender
    log4j.appender.CONSOLE.Threshold=${zookeeper.console.threshold}
    log4j.appender.CONSOLE.layout=org.apache.log4j.PatternLayout
    log4j.appender.CONSOLE.layout.ConversionPattern=%d{ISO8601} [myid:%X{myid}] - %-5p [%t:%C{1}@%L] - %m%n

    #
    # Add ROLLINGFILE to rootLogger to get log file output
    #
    log4j.appender.ROLLINGFILE=org.apache.log4j.RollingFileAppender
    log4j.appender.ROLLINGFILE.Threshold=${zookeeper.log.threshold}
    log4j.appender.ROLLINGFILE.File=${zookeeper.log.dir}/${zookeeper.log.file}

    # Max log file size of 10MB
    log4j.appender.ROLLINGFILE.MaxFileSize=10MB
    # uncomment the next line to limit number of backup files
    #log4j.appender.ROLLINGFILE.MaxBackupIndex=10

    log4j.appender.ROLLINGFILE.layout=org.apache.log4j.PatternLayout
    log4j.appender.ROLLINGFILE.layout.ConversionPattern=%d{ISO8601} [myid:%X{myid}] - %-5p [%t:%C{1}@%L] - %m%n

    """#

private let log4j2Properties = #"""
    # Log INFO level and above messages to the console
    status=warn
    appender.console.type=Console
    appender.console.name=CONSOLE
    appender.console.target=SYSTEM_OUT
    appender.console.layout.type=PatternLayout
    appender.console.layout.pattern=%d{DEFAULT} [myid:%X{myid}] - %-5p [%t:%C{1}@%L] - %m%n
    rootLogger.level=info
    rootLogger.appenderRef.console.ref=CONSOLE

    """#
