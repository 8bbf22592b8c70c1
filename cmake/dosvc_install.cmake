# out/: bin/Dosvc.dll, bin/doctl.exe, include/, lib/libdosvc.a and a CMake package with the target dosvc::dosvc.
include(CMakePackageConfigHelpers)

# Built for out/ (and what ./run demo needs), without the tests.
add_custom_target(shipped DEPENDS dosvc_dll doctl dosvc_client origin)

install(TARGETS dosvc_dll doctl RUNTIME DESTINATION bin)
install(FILES ${PROJECT_BINARY_DIR}/idl/deliveryoptimization.h DESTINATION include)
install(DIRECTORY ${PROJECT_SOURCE_DIR}/include/ DESTINATION include FILES_MATCHING PATTERN "*.h")

install(TARGETS dosvc_client EXPORT dosvc ARCHIVE DESTINATION lib)
install(EXPORT dosvc NAMESPACE dosvc:: FILE dosvcConfig.cmake DESTINATION lib/cmake/dosvc)
write_basic_package_version_file(${PROJECT_BINARY_DIR}/dosvcConfigVersion.cmake COMPATIBILITY SameMajorVersion)
install(FILES ${PROJECT_BINARY_DIR}/dosvcConfigVersion.cmake DESTINATION lib/cmake/dosvc)
install(FILES ${PROJECT_SOURCE_DIR}/LICENSE DESTINATION share/licenses/dosvc)
install(FILES ${CJSON_LICENSE} DESTINATION share/licenses/dosvc RENAME LICENSE.cJSON)
