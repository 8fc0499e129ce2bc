#include "sim/base/json_text.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "traces/file_stream.h"

#define CHARACTER_BYTES_MAX 4

/* The length in bytes of the character with which `text` begins; 0: it is none. */
static size_t character_bytes(const char *text)
{
    for (size_t bytes = 1; bytes <= CHARACTER_BYTES_MAX && text[bytes - 1]; bytes++) {
        json_t *character = json_stringn(text, bytes);
        json_decref(character);
        if (character)
            return bytes;
    }
    return 0;
}

static void put(FILE *out, const char *text)
{
    static const char replacement[] = "\xef\xbf\xbd";

    while (*text) {
        size_t bytes = character_bytes(text);
        if (bytes > 0)
            fwrite(text, 1, bytes, out);
        else
            fputs(replacement, out);
        text += bytes > 0 ? bytes : 1;
    }
}

json_t *json_text(const char *text)
{
    char *repaired = NULL;
    size_t bytes;
    json_t *result = json_string(text);

    if (result)
        return result;
    FILE *out = open_memstream(&repaired, &bytes);
    if (!out)
        return NULL;
    put(out, text);
    if (file_stream_close_text(out, &repaired) == 0)
        result = json_string(repaired);
    free(repaired);
    return result;
}

json_t *json_u64(uint64_t value)
{
    return json_integer((json_int_t)value);
}

const char *json_text_of(const json_t *object, const char *key)
{
    const char *text = json_string_value(json_object_get(object, key));

    return text ? text : "";
}
