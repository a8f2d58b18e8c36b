# train.ps1: a training verb with one thread per operation and low priority (the arguments are those after 'csm-agent train').
#   scripts/train.ps1 codec runs/codec --corpus runs/corpus
# The trainer's own workers are the threads; barriers inside operations stall whenever the machine has other work.
$env:OMP_NUM_THREADS = '1'
$env:DOTNET_GCgen0size = '0x10000000'
[System.Diagnostics.Process]::GetCurrentProcess().PriorityClass = 'BelowNormal'
& (Join-Path $PSScriptRoot 'csm-agent.ps1') train @args
exit $LASTEXITCODE
