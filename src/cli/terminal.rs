//! Writing: the artefact to standard output or a file, the talk to standard error. Colour is kept on a
//! terminal only (`NO_COLOR` and `CLICOLOR_FORCE` are honoured). A reader that stops reading is not an error.

use std::fs;
use std::io::{self, Write};
use std::path::Path;

use anyhow::Context as _;

use crate::report::Paint;

/// What may be said on standard error.
#[derive(Clone, Copy, Debug)]
pub struct Talk {
    pub quiet: bool,
}

impl Talk {
    pub fn say(self, text: &str) {
        if !self.quiet {
            // With nobody to read it, the talk is lost and nothing else.
            let _ = anstream::stderr().lock().write_all(text.as_bytes());
        }
    }
}

/// Whether standard output shows colour. Text that is written to it loses its escapes where it does not.
pub fn artefact_paint(output: Option<&Path>) -> Paint {
    if output.is_some() { Paint::Plain } else { Paint::Styled }
}

/// Writes the artefact: to `output` if there is one, else to standard output.
pub fn write(text: &str, output: Option<&Path>) -> anyhow::Result<()> {
    match output {
        Some(path) => replace(path, text).with_context(|| format!("could not write `{}`", path.display())),
        None => match anstream::stdout().lock().write_all(text.as_bytes()) {
            Err(error) if error.kind() != io::ErrorKind::BrokenPipe => {
                Err(error).context("could not write to standard output")
            }
            _ => Ok(()),
        },
    }
}

pub fn fail(error: &anyhow::Error, help: Option<&str>) {
    let talk = Talk { quiet: false };
    talk.say(&format!("\x1b[1;31merror\x1b[0m: {error:#}\n"));
    if let Some(help) = help {
        talk.say(&format!("\x1b[1;36mhelp\x1b[0m: {help}\n"));
    }
}

/// Puts a whole new file in the old one's place, so that no reader sees half of it.
fn replace(path: &Path, text: &str) -> io::Result<()> {
    let name = path.file_name().ok_or(io::ErrorKind::InvalidInput)?;
    let mut beside = name.to_owned();
    beside.push(format!(".{}.new", std::process::id()));
    let beside = path.with_file_name(beside);
    let written = fs::write(&beside, text).and_then(|()| fs::rename(&beside, path));
    if written.is_err() {
        let _ = fs::remove_file(&beside);
    }
    written
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_file_is_replaced_and_nothing_is_left_beside_it() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("policy.json");
        replace(&path, "old").unwrap();
        replace(&path, "new").unwrap();
        assert_eq!(fs::read_to_string(&path).unwrap(), "new");
        assert_eq!(fs::read_dir(folder.path()).unwrap().count(), 1);
        assert!(replace(&folder.path().join("missing/policy.json"), "x").is_err());
    }
}
