/* download URL FILE: one URL into one file, with a progress line. FILE is a full path, such as C:\data\file.bin.
 *
 *   x86_64-w64-mingw32-gcc -municode -I out/include examples/download.c -o download.exe -L out/lib -ldosvc -lole32 */
#define COBJMACROS
#include <stdio.h>
#include <windows.h>

#include <deliveryoptimization.h>

/* Looks at the job four times a second until it has transferred everything or has failed for good. */
static HRESULT wait_for_job(IBackgroundCopyJob *job)
{
    for (;; Sleep(250)) {
        BG_JOB_STATE state;
        BG_JOB_PROGRESS progress;
        BG_ERROR_CONTEXT context;
        IBackgroundCopyError *error;
        HRESULT hr = IBackgroundCopyJob_GetState(job, &state);
        if (FAILED(hr) || FAILED(hr = IBackgroundCopyJob_GetProgress(job, &progress)))
            return hr;
        printf("\r%.1f MB", (double)progress.BytesTransferred / 1e6);
        if (progress.BytesTotal != BG_SIZE_UNKNOWN)
            printf(" of %.1f MB", (double)progress.BytesTotal / 1e6);
        fflush(stdout);
        if (state == BG_JOB_STATE_TRANSFERRED)
            return IBackgroundCopyJob_Complete(job); /* the file gets its name now */
        if (state == BG_JOB_STATE_ERROR) {
            HRESULT code = E_FAIL;
            if (FAILED(hr = IBackgroundCopyJob_GetError(job, &error)))
                return hr;
            IBackgroundCopyError_GetError(error, &context, &code);
            IBackgroundCopyError_Release(error);
            return code;
        }
    }
}

int wmain(int argc, wchar_t **argv)
{
    IBackgroundCopyManager *manager = NULL;
    IBackgroundCopyJob *job = NULL;
    GUID id;
    HRESULT hr = argc == 3 ? CoInitializeEx(NULL, COINIT_MULTITHREADED) : E_INVALIDARG;
    if (SUCCEEDED(hr))
        hr = CoCreateInstance(&CLSID_DeliveryOptimization, NULL, CLSCTX_INPROC_SERVER, &IID_IBackgroundCopyManager,
                              (void **)&manager);
    if (SUCCEEDED(hr))
        hr = IBackgroundCopyManager_CreateJob(manager, L"example", BG_JOB_TYPE_DOWNLOAD, &id, &job);
    if (SUCCEEDED(hr))
        hr = IBackgroundCopyJob_AddFile(job, argv[1], argv[2]);
    if (SUCCEEDED(hr))
        hr = IBackgroundCopyJob_Resume(job);
    if (SUCCEEDED(hr))
        hr = wait_for_job(job);
    printf("%s (0x%08lX)\n", SUCCEEDED(hr) ? ", done" : "failed", (unsigned long)hr);
    if (job != NULL && FAILED(hr))
        IBackgroundCopyJob_Cancel(job); /* else it would stay in the queue */
    if (job != NULL)
        IBackgroundCopyJob_Release(job);
    if (manager != NULL)
        IBackgroundCopyManager_Release(manager);
    return FAILED(hr);
}
