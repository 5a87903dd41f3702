@echo off
rem Builds everything and runs every test program.
setlocal enabledelayedexpansion
cd /d "%~dp0"
dotnet build Tern.slnx -c Release --nologo -v q -clp:NoSummary || exit /b 1
set failed=0
for /d %%d in (tests\*.Tests) do (
  dotnet "%%d\bin\Release\net10.0\%%~nxd.dll" --no-ansi --progress off
  if errorlevel 1 if not errorlevel 8 set failed=1
)
exit /b %failed%
