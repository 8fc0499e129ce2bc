/*
 * The style sheet and the script of a page: page.css and page.js, which the build puts into the
 * program (page_assets.cmake).
 */
#ifndef SHAPESIM_SIM_REPORT_PAGE_ASSETS_H
#define SHAPESIM_SIM_REPORT_PAGE_ASSETS_H

#include <stddef.h>

struct page_asset {
    const unsigned char *text; /* ends without a zero */
    size_t bytes;
};

extern const struct page_asset page_css, page_js;

#endif
