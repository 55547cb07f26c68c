#ifndef ZKOPS_CZOOKEEPER_SHIM_H
#define ZKOPS_CZOOKEEPER_SHIM_H

#define THREADED
#include <zookeeper/zookeeper.h>

/* The library's constants are variables of C, which Swift can't know to be constant. */
static inline int zkops_session_event(void) { return ZOO_SESSION_EVENT; }
static inline int zkops_connected_state(void) { return ZOO_CONNECTED_STATE; }
static inline int zkops_expired_session_state(void) { return ZOO_EXPIRED_SESSION_STATE; }
static inline int zkops_auth_failed_state(void) { return ZOO_AUTH_FAILED_STATE; }
static inline int zkops_ephemeral_mode(void) { return ZOO_EPHEMERAL; }

/* The library says nothing on standard error: neither its own lines nor those of a connection. */
static inline void zkops_ignore_log(const char *message) { (void)message; }

static inline zhandle_t *zkops_init(const char *hosts, watcher_fn watcher, int session_timeout, void *context) {
    zoo_set_debug_level((ZooLogLevel)0);
    return zookeeper_init2(hosts, watcher, session_timeout, NULL, context, ZOO_NO_LOG_CLIENTENV, zkops_ignore_log);
}

#endif
