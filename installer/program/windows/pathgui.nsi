; The set-up of the Windows program for one user: no administrator is asked, and nothing is written
; outside of the user's own folders and keys. The program lies beside it, in ARCHIVE, which is
; checked by its SHA-256 and unpacked by the tar of Windows (10, version 1803, or newer).
; installer/program/windows_program.py hands makensis what is in ${...}.
;
; Silent: NAME-setup.exe /S, with /D=FOLDER as the last word for another folder. Exit code 0, or 2.

Unicode true
!include "MUI2.nsh"
!include "FileFunc.nsh"
!include "LogicLib.nsh"
!include "x64.nsh"

!define KEY "Software\Microsoft\Windows\CurrentVersion\Uninstall\pathgui"
!define CLASSES "Software\Classes"
; A 32-bit program, as this one is, sees the tools of 64-bit Windows here.
!define TOOLS "$WINDIR\Sysnative"

Name "pathgui ${VERSION}"
OutFile "${OUT}"
RequestExecutionLevel user
InstallDir "$LOCALAPPDATA\Programs\pathgui"
InstallDirRegKey HKCU "${KEY}" "InstallLocation"
SetCompressor /SOLID lzma
BrandingText "For research use only. Not for diagnostic use."
ShowInstDetails show

!define MUI_ICON "${ICON}"
!define MUI_UNICON "${ICON}"
!define MUI_FINISHPAGE_RUN "$INSTDIR\pathgui-window.exe"
!insertmacro MUI_PAGE_WELCOME
!insertmacro MUI_PAGE_DIRECTORY
!insertmacro MUI_PAGE_INSTFILES
!insertmacro MUI_PAGE_FINISH
!insertmacro MUI_UNPAGE_CONFIRM
!insertmacro MUI_UNPAGE_INSTFILES
!insertmacro MUI_LANGUAGE "English"

!macro Refuse TEXT
    RMDir /r "$INSTDIR.new"
    DetailPrint "${TEXT}"
    MessageBox MB_ICONSTOP "${TEXT}" /SD IDOK
    SetErrorLevel 2
    Abort "${TEXT}"
!macroend

Section "pathgui"
    SetOutPath "$TEMP" ; not the folder that is about to be renamed
    ; 1. this computer can run it
    ${IfNot} ${RunningX64}
        !insertmacro Refuse "pathgui needs 64-bit Windows, version 10 or newer."
    ${EndIf}

    ; 2. what lies beside this file is what was packed
    ${IfNot} ${FileExists} "$EXEDIR\${ARCHIVE}"
        !insertmacro Refuse "${ARCHIVE} is not beside this set-up: put both into one folder."
    ${EndIf}
    DetailPrint "Checking ${ARCHIVE}"
    nsExec::ExecToStack 'cmd /c ""${TOOLS}\certutil.exe" -hashfile "$EXEDIR\${ARCHIVE}" SHA256 | "${TOOLS}\findstr.exe" /i /c:${SHA256}"'
    Pop $0
    Pop $1
    ${If} $0 != 0
        !insertmacro Refuse "${ARCHIVE} is not what was packed: get it again."
    ${EndIf}

    ; 3. there is room for it, and nothing of another kind is in the way
    ${GetRoot} "$INSTDIR" $0
    ${DriveSpace} "$0\" "/D=F /S=K" $1
    System::Int64Op $1 < ${KILOBYTES}
    Pop $2
    ${If} $2 = 1
        !insertmacro Refuse "pathgui needs ${KILOBYTES} kB on $0, which has $1 kB free: make room, or choose another folder."
    ${EndIf}
    ${DirState} "$INSTDIR" $0
    ${If} $0 = 1
    ${AndIfNot} ${FileExists} "$INSTDIR\_internal\pathgui\*.*"
        !insertmacro Refuse "$INSTDIR is there already and is not pathgui: choose another folder."
    ${EndIf}

    ; 4. the new one is whole before an earlier one goes
    DetailPrint "Unpacking"
    RMDir /r "$INSTDIR.new"
    CreateDirectory "$INSTDIR.new"
    nsExec::ExecToLog '"${TOOLS}\tar.exe" -xf "$EXEDIR\${ARCHIVE}" --strip-components 1 -C "$INSTDIR.new"'
    Pop $0
    ${If} $0 != 0
        !insertmacro Refuse "${ARCHIVE} could not be unpacked into $INSTDIR.new."
    ${EndIf}
    WriteUninstaller "$INSTDIR.new\uninstall.exe"
    RMDir /r "$INSTDIR.old"
    ${If} ${FileExists} "$INSTDIR\*.*"
        ClearErrors
        Rename "$INSTDIR" "$INSTDIR.old"
        ${If} ${Errors}
            !insertmacro Refuse "pathgui is running: close it, and start this set-up again."
        ${EndIf}
    ${EndIf}
    ClearErrors
    Rename "$INSTDIR.new" "$INSTDIR"
    ${If} ${Errors}
        Rename "$INSTDIR.old" "$INSTDIR"
        !insertmacro Refuse "Nothing can be written to $INSTDIR: choose another folder."
    ${EndIf}
    RMDir /r "$INSTDIR.old"

    ; 5. the menu, and what opens with pathgui: folders of three kinds, and links to slides
    CreateShortcut "$SMPROGRAMS\pathgui.lnk" "$INSTDIR\pathgui-window.exe"
    WriteRegStr HKCU "${CLASSES}\Directory\shell\pathgui" "" "Open with pathgui"
    WriteRegStr HKCU "${CLASSES}\Directory\shell\pathgui" "Icon" "$INSTDIR\pathgui-window.exe"
    WriteRegStr HKCU "${CLASSES}\Directory\shell\pathgui" "AppliesTo" '${CONDITION}'
    WriteRegStr HKCU "${CLASSES}\Directory\shell\pathgui\command" "" '"$INSTDIR\pathgui-window.exe" "%1"'
    WriteRegStr HKCU "${CLASSES}\.${LINK}" "" "pathgui.${LINK}"
    WriteRegStr HKCU "${CLASSES}\pathgui.${LINK}" "" "${LINK_TITLE}"
    WriteRegStr HKCU "${CLASSES}\pathgui.${LINK}\DefaultIcon" "" "$INSTDIR\pathgui-window.exe"
    WriteRegStr HKCU "${CLASSES}\pathgui.${LINK}\shell\open\command" "" '"$INSTDIR\pathgui-window.exe" "%1"'
    WriteRegStr HKCU "${KEY}" "DisplayName" "pathgui"
    WriteRegStr HKCU "${KEY}" "DisplayVersion" "${VERSION}"
    WriteRegStr HKCU "${KEY}" "DisplayIcon" "$INSTDIR\pathgui-window.exe"
    WriteRegStr HKCU "${KEY}" "InstallLocation" "$INSTDIR"
    WriteRegStr HKCU "${KEY}" "UninstallString" '"$INSTDIR\uninstall.exe"'
    WriteRegStr HKCU "${KEY}" "QuietUninstallString" '"$INSTDIR\uninstall.exe" /S'
    WriteRegDWORD HKCU "${KEY}" "EstimatedSize" ${KILOBYTES}
    WriteRegDWORD HKCU "${KEY}" "NoModify" 1
    WriteRegDWORD HKCU "${KEY}" "NoRepair" 1
    System::Call 'shell32::SHChangeNotify(i 0x08000000, i 0, p 0, p 0)' ; file types changed
SectionEnd

; Settings, runs and what else is the user's own stay.
Section "Uninstall"
    SetOutPath "$TEMP"
    Delete "$SMPROGRAMS\pathgui.lnk"
    DeleteRegKey HKCU "${CLASSES}\Directory\shell\pathgui"
    DeleteRegKey HKCU "${CLASSES}\.${LINK}"
    DeleteRegKey HKCU "${CLASSES}\pathgui.${LINK}"
    DeleteRegKey HKCU "${KEY}"
    ${If} ${FileExists} "$INSTDIR\_internal\pathgui\*.*"
        RMDir /r "$INSTDIR"
    ${EndIf}
SectionEnd
