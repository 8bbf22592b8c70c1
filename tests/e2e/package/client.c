/* A client as a user of the package writes it: compiled as C and as C++, linked as the SDK's Dosvc.lib is. It activates the class
 * that is registered and lets go of it again. */
#include <windows.h>

#include <deliveryoptimization.h>

int main(void)
{
    IBackgroundCopyManager *manager = NULL;
    HRESULT hr = CoInitializeEx(NULL, COINIT_MULTITHREADED);
    if (FAILED(hr)) {
        return 1;
    }
#ifdef __cplusplus
    hr = CoCreateInstance(CLSID_DeliveryOptimization, NULL, CLSCTX_INPROC_SERVER, IID_IBackgroundCopyManager,
                          (void **)&manager);
    if (SUCCEEDED(hr)) {
        manager->Release();
    }
#else
    hr = CoCreateInstance(&CLSID_DeliveryOptimization, NULL, CLSCTX_INPROC_SERVER, &IID_IBackgroundCopyManager,
                          (void **)&manager);
    if (SUCCEEDED(hr)) {
        manager->lpVtbl->Release(manager);
    }
#endif
    CoUninitialize();
    return FAILED(hr) ? 2 : 0;
}
