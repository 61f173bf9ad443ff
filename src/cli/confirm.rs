//! Asks before anything in AWS is changed. Whoever cannot be asked has to say `--yes`.

use std::io::{self, BufRead as _, IsTerminal as _};

use super::Failure;
use super::terminal::Talk;

/// Returns where the answer is yes. `--quiet` does not silence a question.
pub fn confirm(question: &str, yes: bool) -> Result<(), Failure> {
    if yes {
        return Ok(());
    }
    let refused = |why: &str| Failure::from(anyhow::anyhow!("{why}; nothing was changed"));
    if !io::stdin().is_terminal() {
        return Err(
            refused("standard input is no terminal, so nobody can be asked").help("say `--yes` to go ahead")
        );
    }
    Talk { quiet: false }.say(&format!("{question} [y/N] "));
    let mut answer = String::new();
    let read = io::stdin().lock().read_line(&mut answer);
    match answer.trim().to_ascii_lowercase().as_str() {
        "y" | "yes" if read.is_ok() => Ok(()),
        _ => Err(refused("not confirmed")),
    }
}
