#ifndef ZKOPS_CZOOKEEPER_SHIM_H
#define ZKOPS_CZOOKEEPER_SHIM_H

#define THREADED
#include <zookeeper/zookeeper.h>

#endif
