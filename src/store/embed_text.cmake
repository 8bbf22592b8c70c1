# cmake -DINPUT=file.sql -DOUTPUT=file.c -DNAME=symbol -P embed_text.cmake
#
# Makes a C file that defines `const char symbol[]` with the text of an SQL file, without its comments. As numbers,
# because C11 promises string literals of 4,095 characters only.
file(READ ${INPUT} text)
string(REGEX REPLACE "--[^\n]*" "" text "${text}")
string(REGEX REPLACE "[ \r]*\n[ \r\n]*" "\n" text "${text}")
string(STRIP "${text}" text)
file(WRITE ${OUTPUT}.text "${text}")
file(READ ${OUTPUT}.text bytes HEX)
string(REGEX REPLACE "(..)" "0x\\1,\n" bytes "${bytes}")
file(WRITE ${OUTPUT} "/* Made by embed_text.cmake. */\nextern const char ${NAME}[];\nconst char ${NAME}[] = {\n${bytes}0};\n")
