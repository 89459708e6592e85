//! The figures that README quotes: they stand between two marks, are written with the page, and have to stand on it.

use std::fs;

use anyhow::{Context as _, Result, bail};

use super::page;
use crate::workspace::Workspace;

const BEGIN: &str = "<!-- figures of BENCHMARKS.md: `cargo xtask bench --report` writes them -->";
const END: &str = "<!-- end of figures -->";

/// An error that names each line that README quotes and the page does not have.
pub(crate) fn check(workspace: &Workspace) -> Result<()> {
    let readme = fs::read_to_string(workspace.root.join("README.md"))?;
    let page = workspace.root.join(page::FILE);
    let page = if page.exists() { fs::read_to_string(page)? } else { String::new() };
    let missing = missing(&readme, &page)?;
    if !missing.is_empty() {
        bail!(
            "README.md quotes what {} does not say; run `cargo xtask bench --report`:\n{}",
            page::FILE,
            missing.join("\n")
        );
    }
    Ok(())
}

/// README with these lines for its figures.
pub(super) fn replaced(readme: &str, lines: &[String]) -> Result<String> {
    let (before, _, after) = parts(readme)?;
    let lines: String = lines.iter().flat_map(|line| [line.as_str(), "\n"]).collect();
    Ok(format!("{before}{BEGIN}\n{lines}{END}{after}"))
}

fn missing<'a>(readme: &'a str, page: &str) -> Result<Vec<&'a str>> {
    let (_, quoted, _) = parts(readme)?;
    let on_page: Vec<&str> = page.lines().collect();
    Ok(quoted.lines().filter(|line| !line.is_empty() && !on_page.contains(line)).collect())
}

fn parts(readme: &str) -> Result<(&str, &str, &str)> {
    let lost = || format!("README.md has lost its marks `{BEGIN}` and `{END}`");
    let (before, rest) = readme.split_once(BEGIN).with_context(lost)?;
    let (quoted, after) = rest.split_once(END).with_context(lost)?;
    Ok((before, quoted, after))
}

#[cfg(test)]
mod tests {
    use super::{BEGIN, END, missing, replaced};

    #[test]
    fn figures_are_put_between_the_marks() {
        let readme = format!("before\n{BEGIN}\nold\n{END}\nafter\n");
        let new = replaced(&readme, &["| new |".to_owned()]).unwrap();
        assert_eq!(new, format!("before\n{BEGIN}\n| new |\n{END}\nafter\n"));
        assert!(replaced("no marks", &[]).is_err());
    }

    #[test]
    fn a_figure_that_the_page_does_not_have_is_named() {
        let readme = format!("{BEGIN}\n| 1 ms |\n| 2 ms |\n{END}");
        assert_eq!(missing(&readme, "| 1 ms |\n").unwrap(), ["| 2 ms |"]);
        assert!(missing(&readme, "| 1 ms |\n| 2 ms |\n").unwrap().is_empty());
    }
}
