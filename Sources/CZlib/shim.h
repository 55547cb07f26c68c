#ifndef ZKOPS_CZLIB_SHIM_H
#define ZKOPS_CZLIB_SHIM_H

#include <zlib.h>

/// Macros don't reach Swift. 16 more than the window's bits reads gzip (zlib.h).
static inline int zkops_gunzip_init(z_stream *stream) { return inflateInit2(stream, 16 + MAX_WBITS); }

#endif
