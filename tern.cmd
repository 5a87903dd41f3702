@echo off
rem Builds Tern (which does little when it is up to date), then runs it: compiled ahead of time where the compiler for that can be had.
setlocal
where dotnet >nul 2>nul || (echo tern: the command 'dotnet' was not found. Install the .NET 10 SDK: https://dotnet.microsoft.com/download/dotnet/10.0 1>&2 & exit /b 1)
set state=%~dp0.tern-build
set publish=dotnet publish "%~dp0src\Tern.Cli" -c Release --use-current-runtime --no-self-contained --artifacts-path "%state%\artifacts" -o "%state%\bin" --nologo -v q -p:NuGetLockFilePath=obj/publish.lock.json
if not exist "%state%\bin\tern.dll" echo building tern... 1>&2
%publish% -p:PublishReadyToRun=true >nul 2>nul || %publish% 1>&2 || exit /b 1
dotnet "%state%\bin\tern.dll" %*
exit /b %errorlevel%
