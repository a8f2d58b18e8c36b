# Runs csm-agent: checks the setup, builds when a source is newer than the program, then hands over.
#   scripts/csm-agent.ps1 talk        scripts/csm-agent.ps1 --help
# CSMAGENT_CONFIGURATION=Debug runs the debug build.
$ErrorActionPreference = 'Stop'
$here = Split-Path -Parent $PSScriptRoot
$configuration = if ($env:CSMAGENT_CONFIGURATION) { $env:CSMAGENT_CONFIGURATION } else { 'Release' }
Remove-Item Env:CSMAGENT_CONFIGURATION -ErrorAction SilentlyContinue
$program = Join-Path $here "artifacts/bin/CsmAgent.Cli/$($configuration.ToLowerInvariant())/csm-agent.dll"
$built = Join-Path $here "artifacts/.built-$($configuration.ToLowerInvariant())"

& (Join-Path $PSScriptRoot 'setup.ps1')
if ($LASTEXITCODE -ne 0) { exit $LASTEXITCODE }

$sources = @(Get-ChildItem (Join-Path $here 'src') -Recurse -File) + @(Get-Item (Join-Path $here 'Directory.*.props'), (Join-Path $here 'global.json'))
$stamp = if (Test-Path $built) { (Get-Item $built).LastWriteTimeUtc } else { [DateTime]::MinValue }
if (-not (Test-Path $program) -or ($sources | Where-Object LastWriteTimeUtc -gt $stamp | Select-Object -First 1)) {
    New-Item -ItemType Directory -Force (Join-Path $here 'artifacts') | Out-Null
    $log = Join-Path $here 'artifacts/build.log'
    [Console]::Error.WriteLine('csm-agent: building ...')
    $started = Get-Date
    dotnet build (Join-Path $here 'src/CsmAgent.Cli') --configuration $configuration --nologo --verbosity quiet *> $log
    if ($LASTEXITCODE -ne 0) {
        Select-String -Path $log -Pattern 'error' | Select-Object -First 20 -ExpandProperty Line | ForEach-Object { [Console]::Error.WriteLine($_) }
        [Console]::Error.WriteLine('csm-agent: the build failed; all of it is in artifacts/build.log')
        exit 1
    }
    New-Item -ItemType File -Force $built | Out-Null
    # A source saved while the compiler ran must count as newer.
    (Get-Item $built).LastWriteTime = $started
}
dotnet $program @args
exit $LASTEXITCODE
