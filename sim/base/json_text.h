/*
 * What several modules put into JSON and take out of it. Text there may be any bytes, as file names
 * are, while JSON knows UTF-8 only.
 */
#ifndef SHAPESIM_SIM_BASE_JSON_TEXT_H
#define SHAPESIM_SIM_BASE_JSON_TEXT_H

#include <stdint.h>

#include <jansson.h>

/* A JSON string of `text`, with U+FFFD for every byte that is part of no character of UTF-8. The
 * caller owns it; NULL on allocation failure. */
json_t *json_text(const char *text);

/* A JSON integer; the caller owns it, NULL on allocation failure. No count here needs the 64th bit.
 */
json_t *json_u64(uint64_t value);

/* The string under `key`, lent by the object; "" where there is none. */
const char *json_text_of(const json_t *object, const char *key);

#endif
