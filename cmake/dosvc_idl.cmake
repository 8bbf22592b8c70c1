# widl makes two files of idl/DeliveryOptimization.idl: the public header deliveryoptimization.h and the GUIDs, which are
# all that the client library libdosvc.a holds. -m64: widl's own default is 32 bits, which lays out structures differently.
set(idl_output ${PROJECT_BINARY_DIR}/idl)
file(MAKE_DIRECTORY ${idl_output})
file(GLOB idl_imports CONFIGURE_DEPENDS ${PROJECT_SOURCE_DIR}/idl/*.idl ${PROJECT_SOURCE_DIR}/idl/import/*.idl)

foreach(product IN ITEMS "-h;deliveryoptimization.h" "-u;deliveryoptimization_i.c")
  list(GET product 0 flag)
  list(GET product 1 file)
  add_custom_command(
    OUTPUT ${idl_output}/${file}
    COMMAND ${DOSVC_WIDL} -m64 -Oif -I idl/import ${flag} -o ${idl_output}/${file} idl/DeliveryOptimization.idl
    DEPENDS ${idl_imports}
    # widl writes the name of its source into what it makes; a relative one is the same on every machine.
    WORKING_DIRECTORY ${PROJECT_SOURCE_DIR}
    COMMENT "widl ${file}"
    VERBATIM)
endforeach()

add_custom_target(dosvc_idl_files DEPENDS ${idl_output}/deliveryoptimization.h ${idl_output}/deliveryoptimization_i.c)

# What a user of the header links: its folder, and the files made before the first compilation. SYSTEM, because widl's
# output is not ours to keep free of warnings.
add_library(dosvc_idl INTERFACE)
target_include_directories(dosvc_idl SYSTEM INTERFACE ${idl_output})
add_dependencies(dosvc_idl dosvc_idl_files)

# The client library, -ldosvc: the GUIDs alone.
add_library(dosvc_client STATIC ${idl_output}/deliveryoptimization_i.c)
set_target_properties(dosvc_client PROPERTIES OUTPUT_NAME dosvc EXPORT_NAME dosvc)
target_include_directories(dosvc_client INTERFACE $<INSTALL_INTERFACE:include>)
add_dependencies(dosvc_client dosvc_idl_files)
