# Says what a conversation needs on this system; on Linux and macOS the bash script does the work.
$ErrorActionPreference = 'Stop'
if ($IsLinux -or $IsMacOS) {
    & bash (Join-Path $PSScriptRoot 'setup') @args
    exit $LASTEXITCODE
}
if (-not (Get-Command dotnet -ErrorAction SilentlyContinue)) {
    [Console]::Error.WriteLine("setup: the .NET SDK 10.0 is not installed (no 'dotnet' on the PATH). Install it from Microsoft's .NET download page, then run this again.")
    exit 3
}
Push-Location (Split-Path -Parent $PSScriptRoot)
$version = dotnet --version
$accepted = $LASTEXITCODE -eq 0
Pop-Location
if (-not $accepted) {
    [Console]::Error.WriteLine("setup: 'dotnet' is there, but no SDK that global.json accepts (10.0 or later); found $version.")
    exit 3
}
$libraries = [ordered]@{
    'portaudio.dll'    = 'microphone and loudspeaker'
    'speexdsp.dll'     = 'echo canceller'
    'pocketsphinx.dll' = 'embedded recogniser (or choose an endpoint in config/appsettings.json)'
    'flite.dll'        = 'bootstrap voice (Synthesizer:Engine flite)'
}
foreach ($library in $libraries.Keys) {
    if (-not (Get-Command $library -ErrorAction SilentlyContinue)) {
        [Console]::Error.WriteLine("setup: $library is not on the PATH: $($libraries[$library])")
    }
}
exit 0
