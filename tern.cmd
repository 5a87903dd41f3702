@echo off
rem Builds Tern (which does nothing when it is up to date), then runs it.
setlocal
where dotnet >nul 2>nul || (echo tern: the command 'dotnet' was not found. Install the .NET 10 SDK: https://dotnet.microsoft.com/download/dotnet/10.0 1>&2 & exit /b 1)
if not exist "%~dp0src\Tern.Cli\bin\Release\net10.0\tern.dll" echo building tern... 1>&2
dotnet build "%~dp0src\Tern.Cli" -c Release --nologo -v q -clp:NoSummary 1>&2 || exit /b 1
dotnet "%~dp0src\Tern.Cli\bin\Release\net10.0\tern.dll" %*
exit /b %errorlevel%
