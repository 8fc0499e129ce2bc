/*
 * Text of any bytes in JSON, which knows UTF-8 only. File names are bytes.
 */
#ifndef SHAPESIM_SIM_JSON_TEXT_H
#define SHAPESIM_SIM_JSON_TEXT_H

#include <jansson.h>

/* A JSON string of `text`, with U+FFFD for every byte that is part of no character of UTF-8. The
 * caller owns it; NULL without memory. */
json_t *json_text(const char *text);

#endif
