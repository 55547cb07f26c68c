// RemoteHosts
