@echo off
rem Installs pathgui from this folder, without any network. Words go to installer\bootstrap.py:
rem     setup.cmd                      install
rem     setup.cmd --python DIR demo    with the Python in DIR; then open the demo
setlocal
set "BOOT=%~dp0installer\bootstrap.py"
set "WORDS=%*"
if "%~1"=="" set "WORDS=install"
if "%~1"=="--python" if "%~3"=="" set WORDS=%* install
if "%~1"=="--python" if exist "%~2\python.exe" (
    "%~2\python.exe" "%BOOT%" %WORDS%
    goto :end
)
py -3.11 -c "" >nul 2>nul
if not errorlevel 1 (
    py -3.11 "%BOOT%" %WORDS%
    goto :end
)
rem The store puts a python.exe in the way that only opens the store: ask whether it runs.
python -c "" >nul 2>nul
if not errorlevel 1 (
    python "%BOOT%" %WORDS%
    goto :end
)
echo pathgui needs Python 3.11, and there is no Python on this computer. 1>&2
echo Ask IT for it: a folder is enough, and needs no administrator. Then type 1>&2
echo     setup.cmd --python FOLDER install 1>&2
exit /b 2
:end
exit /b %errorlevel%
