/* The composition root of the DLL: the real world. */
#include "module.h"

const struct module_environment *module_environment(void)
{
    static struct module_environment environment;
    environment = (struct module_environment){
        .clock = clock_system(),
        .file_ops = file_ops_system(),
        .identity = identity_system(),
        .process_ops = process_ops_system(),
        .network = network_system(),
        .create_transport = http_winhttp_create,
        .load_settings = settings_load,
        .load_bandwidth = settings_load_bandwidth,
    };
    return &environment;
}
