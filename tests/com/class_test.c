/* The exports and the class factory. */
#include "test_environment.h"

#include "usage.h"

static void an_unknown_class_is_not_available(void **state)
{
    (void)state;
    static const CLSID unknown = {0x12345678, 0, 0, {0, 1, 2, 3, 4, 5, 6, 7}};
    void *object = &object;
    assert_hr(DllGetClassObject(&unknown, &IID_IClassFactory, &object), CLASS_E_CLASSNOTAVAILABLE);
    assert_null(object);
}

static void missing_arguments_are_invalid(void **state)
{
    (void)state;
    void *object = &object;
    assert_hr(DllGetClassObject(&CLSID_DeliveryOptimization, &IID_IClassFactory, NULL), E_INVALIDARG);
    assert_hr(DllGetClassObject(NULL, &IID_IClassFactory, &object), E_INVALIDARG);
    assert_null(object);
    object = &object;
    assert_hr(DllGetClassObject(&CLSID_DeliveryOptimization, NULL, &object), E_INVALIDARG);
    assert_null(object);
}

static void the_class_object_is_a_factory_and_nothing_else(void **state)
{
    (void)state;
    IUnknown *object = NULL;
    assert_hr(DllGetClassObject(&CLSID_DeliveryOptimization, &IID_IBackgroundCopyManager, (void **)&object),
              E_NOINTERFACE);
    assert_null(object);
    assert_hr(DllGetClassObject(&CLSID_DeliveryOptimization, &IID_IUnknown, (void **)&object), S_OK);
    assert_int_equal(IUnknown_Release(object), 0);
}

static void create_instance_checks_its_arguments(void **state)
{
    (void)state;
    IClassFactory *factory = env_factory();
    void *object = &object;
    assert_hr(IClassFactory_CreateInstance(factory, NULL, &IID_IUnknown, NULL), E_INVALIDARG);
    assert_hr(IClassFactory_CreateInstance(factory, NULL, NULL, &object), E_INVALIDARG);
    assert_null(object);
    object = &object;
    assert_hr(IClassFactory_CreateInstance(factory, (IUnknown *)factory, &IID_IUnknown, &object),
              CLASS_E_NOAGGREGATION);
    assert_null(object);
    assert_int_equal(IClassFactory_Release(factory), 0);
}

static void an_interface_that_the_class_has_not_is_refused(void **state)
{
    (void)state;
    IClassFactory *factory = env_factory();
    void *object = &object;
    assert_hr(IClassFactory_CreateInstance(factory, NULL, &IID_IBackgroundCopyJob, &object), E_NOINTERFACE);
    assert_null(object);
    assert_int_equal(usage_count(), 1); /* the factory alone */
    IClassFactory_Release(factory);
}

static void every_instance_is_an_object_of_its_own(void **state)
{
    (void)state;
    IBackgroundCopyManager *first = env_manager();
    IBackgroundCopyManager *second = env_manager();
    assert_ptr_not_equal(first, second);
    assert_int_equal(IBackgroundCopyManager_Release(first), 0);
    assert_int_equal(IBackgroundCopyManager_Release(second), 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        ENV_TEST(an_unknown_class_is_not_available),
        ENV_TEST(missing_arguments_are_invalid),
        ENV_TEST(the_class_object_is_a_factory_and_nothing_else),
        ENV_TEST(create_instance_checks_its_arguments),
        ENV_TEST(an_interface_that_the_class_has_not_is_refused),
        ENV_TEST(every_instance_is_an_object_of_its_own),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
