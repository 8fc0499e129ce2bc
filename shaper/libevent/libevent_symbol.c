#include "shaper/libevent/libevent_symbol.h"

#include <dlfcn.h>
#include <stdlib.h>
#include <string.h>

void libevent_symbol(const char *name, void *function)
{
    void *symbol = dlsym(RTLD_NEXT, name);

    if (!symbol)
        abort();
    memcpy(function, &symbol, sizeof(symbol));
}
