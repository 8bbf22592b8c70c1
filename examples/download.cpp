// download URL FILE: one URL into one file, with a progress line. FILE is a full path, such as C:\data\file.bin.
//
//   x86_64-w64-mingw32-g++ -municode -static -I out/include examples/download.cpp -L out/lib -ldosvc -lole32
#include <cstdio>
#include <memory>
#include <windows.h>

#include <deliveryoptimization.h>

namespace
{

struct release {
    void operator()(IUnknown *object) const
    {
        object->Release();
    }
};
template <class Interface> using com_ptr = std::unique_ptr<Interface, release>;

struct failure {
    HRESULT code;
};
void check(HRESULT code)
{
    if (FAILED(code))
        throw failure{code};
}

void show(const BG_JOB_PROGRESS &progress)
{
    std::printf("\r%.1f MB", progress.BytesTransferred / 1e6);
    if (progress.BytesTotal != BG_SIZE_UNKNOWN)
        std::printf(" of %.1f MB", progress.BytesTotal / 1e6);
    std::fflush(stdout);
}

[[noreturn]] void throw_error_of(IBackgroundCopyJob *job)
{
    IBackgroundCopyError *raw = nullptr;
    BG_ERROR_CONTEXT context;
    failure why{E_FAIL};
    check(job->GetError(&raw));
    com_ptr<IBackgroundCopyError> error(raw);
    check(error->GetError(&context, &why.code));
    throw why;
}

// Looks at the job four times a second until it has transferred everything or has failed for good.
void wait_for(IBackgroundCopyJob *job)
{
    for (;; Sleep(250)) {
        BG_JOB_STATE state;
        BG_JOB_PROGRESS progress;
        check(job->GetState(&state));
        check(job->GetProgress(&progress));
        show(progress);
        if (state == BG_JOB_STATE_TRANSFERRED)
            return;
        if (state == BG_JOB_STATE_ERROR)
            throw_error_of(job);
    }
}

void download(const wchar_t *url, const wchar_t *file)
{
    IBackgroundCopyManager *raw_manager = nullptr;
    IBackgroundCopyJob *raw_job = nullptr;
    GUID id;
    check(CoInitializeEx(nullptr, COINIT_MULTITHREADED));
    check(CoCreateInstance(CLSID_DeliveryOptimization, nullptr, CLSCTX_INPROC_SERVER, IID_IBackgroundCopyManager,
                           reinterpret_cast<void **>(&raw_manager)));
    com_ptr<IBackgroundCopyManager> manager(raw_manager);
    check(manager->CreateJob(L"example", BG_JOB_TYPE_DOWNLOAD, &id, &raw_job));
    com_ptr<IBackgroundCopyJob> job(raw_job);
    try {
        check(job->AddFile(url, file));
        check(job->Resume());
        wait_for(job.get());
        check(job->Complete()); // the file gets its name now
    } catch (const failure &) {
        job->Cancel(); // else it would stay in the queue
        throw;
    }
}

} // namespace

int wmain(int argc, wchar_t **argv)
{
    try {
        check(argc == 3 ? S_OK : E_INVALIDARG);
        download(argv[1], argv[2]);
        std::printf(", done\n");
        return 0;
    } catch (const failure &why) {
        std::printf("failed (0x%08lX)\n", static_cast<unsigned long>(why.code));
        return 1;
    }
}
