#include "class_table.h"

#include "manager.h"

#include "deliveryoptimization.h"

const struct class_row class_table[] = {
    {&CLSID_DeliveryOptimization, L"Delivery Optimization", L"Both", manager_object_create},
};

const size_t class_count = sizeof(class_table) / sizeof(class_table[0]);
