#ifndef ZKOPS_CGCRYPT_SHIM_H
#define ZKOPS_CGCRYPT_SHIM_H

#include <gcrypt.h>

#endif
