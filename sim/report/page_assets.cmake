# Writes the C source of page_assets.h: cmake -DFOLDER=... -DOUT=... -P page_assets.cmake
set(source "#include \"sim/report/page_assets.h\"\n")
foreach(asset css js)
    file(READ ${FOLDER}/page.${asset} text HEX)
    string(REGEX REPLACE "([0-9a-f][0-9a-f])" "0x\\1," bytes "${text}")
    string(APPEND source "\nstatic const unsigned char ${asset}[] = {${bytes}};\n"
        "const struct page_asset page_${asset} = {${asset}, sizeof(${asset})};\n")
endforeach()
file(WRITE ${OUT} "${source}")
