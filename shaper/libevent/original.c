#include "shaper/libevent/original.h"

#include <dlfcn.h>
#include <stdlib.h>
#include <string.h>

void original_function(const char *name, void *function)
{
    void *symbol = dlsym(RTLD_NEXT, name);

    if (!symbol)
        abort();
    memcpy(function, &symbol, sizeof(symbol));
}
