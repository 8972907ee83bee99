"""The page on trusting a critic: its code runs on the shipped labels, without a call."""

import pages

import workbench as wb


async def test_the_code_of_the_page_reads_the_labels_and_says_what_the_critic_may_do(shipped):
    known = {"wb": wb}
    said = [
        await pages.run_cell(each.text, known) for each in pages.python_of(pages.text_of("trust"))
    ]
    plan = "Labels for \u00b110 points: 51 a variant; 47 given, 4 to go\n"
    assert said == ["", "may rank 2\n", plan, "labels\n"]
    assert known["card"].critic == "faithful" and known["drawn"].rater == "me"
