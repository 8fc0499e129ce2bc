/*
 * JSON helpers of several modules. Text may be any bytes, as file names are, while JSON allows only
 * UTF-8.
 */
#ifndef SHAPESIM_SIM_BASE_JSON_TEXT_H
#define SHAPESIM_SIM_BASE_JSON_TEXT_H

#include <stdint.h>

#include <jansson.h>

/* A JSON string of `text`, with U+FFFD for every byte that is not part of a UTF-8 character. The
 * caller owns it; NULL on allocation failure. */
json_t *json_text(const char *text);

/* A JSON integer; the caller owns it, NULL on allocation failure. No count here needs the 64th bit.
 */
json_t *json_u64(uint64_t value);

/* The string under `key`, borrowed from the object; "" if there is none. */
const char *json_text_of(const json_t *object, const char *key);

#endif
