package main

// lesson is what the help of an act of the desk says.
type lesson struct{ long, example string }

// lessons are the helps of the acts, by the first word of their use.
var lessons = map[string]lesson{
	"amend": {`Amend gives a file a new content, from a YAML or JSON file as desk file reads
it. It may be done to a draft, to a file that was returned, and while a query is
open. What was recommended on the old content counts no more, and the lane is
determined again.`, `  navicert desk amend A42 content.yaml`},
	"attach": {`Attach keeps a document with its digest and says which paper it is. desk show
lists the papers that the lane asks for and the form of each; a copy will not do
where the original is wanted, nor a paper whose last day has passed.`, `  navicert desk attach A42 certificate.pdf --form original --until 2025-12-31 \
      --kind "End-user and end-use certificate, with Chinese translation"`},
	"submit": {`Submit hands a file in. It is complete, or it is refused with all that its lane
asks for and it lacks. The lane is determined by the law of the day, and the
file is linked with those that are the same or nearly.`, `  navicert desk submit A42 --as "Harbour Magnets"`},
	"accept": {`Accept takes a submitted file for review. The clock of the decision starts: the
day itself does not count.`, `  navicert desk accept A42 --as wang`},
	"give-back": {`Give-back returns a file, which the applicant may mend and submit again. Its
clock starts anew then.`, `  navicert desk give-back A42 "the contract is not signed" --as wang`},
	"withdraw": {`Withdraw ends a file by the will of the applicant, at any time before it is
decided.`, `  navicert desk withdraw A42 --as "Harbour Magnets"`},
	"endorse": {`Endorse takes the next step of the endorsement chain of a file's papers. The
chain depends on the country of destination; desk show --output json lists it. A
step that lapses before the decision has to be taken again, and what follows it.`, `  navicert desk endorse A42 "endorsed by embassy" --lapses 2025-09-30`},
	"reassess": {`Reassess runs the engine on an open file again: because the law, a list of
parties or the day changed. A lane that is lost or gained is told with its
reasons; where the answer is the same nothing happens.`, `  navicert desk reassess A42 --as li`},
	"next": {`Next gives an officer the file whose turn it is, for a time. Two officers never
hold one file; when the time is over it is free again by itself.`, `  navicert desk next --as li
  navicert desk next --lane cn.expedited --minutes 30 --as li`},
	"claim": {`Claim gives an officer one file, or assigns it to one (--for). Out of its turn
it wants a --reason, which everybody can read (desk exceptions).`, `  navicert desk claim A42 --as li --reason "the ship sails on Friday"
  navicert desk claim A42 --for li --as chief --role administrator`},
	"unclaim": {`Unclaim gives a file back to its queue, where it keeps its turn.`, `  navicert desk unclaim A42 --as li`},
	"ask": {`Ask puts a query to the applicant. The clock stands still until the answer; the
file lapses if none comes by its last day.`, `  navicert desk ask A42 "which pumps are they built into?" --as li`},
	"answer": {`Answer answers the open query; the clock goes on. While a query is open the
content may be amended and papers attached.`, `  navicert desk answer A42 "see the new data sheet" --as "Harbour Magnets"`},
	"refer": {`Refer sends a file to an agency for its advice. Several may be asked at once.`, `  navicert desk refer A42 "expert panel" --question "is the use civil?" --as li`},
	"advise": {`Advise gives advice on a file, for one line and one party or for all. Advice to
refuse cites its grounds. It belongs to the version of the content that it was
given on. An agency advises in its own name.`, `  navicert desk advise A42 "expert panel" proviso --text "pumps alone" \
      --as "expert panel"`},
	"recommend": {`Recommend proposes a decision on a file that one holds. Another officer has to
agree to it (desk countersign), never the one who entered the file or
recommends. The --reason is that of the decision.`, `  navicert desk recommend A42 approved --reason "civil use" --as li
  navicert desk recommend A42 refused --reason "the end user is not known" \
      --ground "Export Control Law, Article 13" --as li`},
	"countersign": {`Countersign agrees with what was recommended, and the file is decided: a licence
is issued, or a refusal with its appeal window. With --disagree and a --reason
it goes back to review.`, `  navicert desk countersign A42 --as zhao
  navicert desk countersign A42 --disagree --reason "ask for drawings" --as zhao`},
	"decide": {`Decide decides a file that one holds, in the lanes where one officer may. In the
others it is refused: recommend it.`, `  navicert desk decide A42 approved --reason "civil use" --as li
  navicert desk decide A42 approved-with-conditions --reason "civil use" \
      --condition "report after use" --tolerance 5 --as li`},
	"appeal": {`Appeal contests a refusal within its window. It is decided by two officers who
had no part in the refusal.`, `  navicert desk appeal A42 "the end use is civil: see the patents" \
      --as "Harbour Magnets"`},
	"file": {"", `  navicert desk file content.yaml --as "Harbour Magnets"
  navicert desk file content.yaml --trader --as "Harbour Magnets"`},
	"record": {"", `  navicert desk record licence.yaml --as "Harbour Magnets"`},
	"amend-licence": {`Amend-licence gives a licence new terms, from a YAML or JSON file with all of
them. It becomes a new version, with its differences stated. What was drawn
stays drawn: no line may go, and none may allow less than was drawn on it.`, `  navicert desk amend-licence L42 terms.yaml --as li`},
	"suspend": {`Suspend stops one licence, from now on: nothing can be drawn on it. To stop all
licences of a party, for an item or under a measure see desk impose.`, `  navicert desk suspend L42 --reason "the end user is being looked at" --as li`},
	"resume": {`Resume ends the suspension of one licence. A licence that rests on a breached
undertaking stays suspended until the undertaking is released.`, `  navicert desk resume L42 --as li`},
	"revoke": {`Revoke ends a licence for good. What was set aside on it can still be released.`, `  navicert desk revoke L42 --reason "false papers" --as li`},
	"surrender": {`Surrender ends a licence by the will of its holder.`, `  navicert desk surrender L42 --reason "the order was cancelled" \
      --as "Harbour Magnets"`},
	"supersede": {`Supersede ends a licence that another follows.`, `  navicert desk supersede L42 L77 --reason "new end user" --as li`},
	"impose": {`Impose stops every licence that it touches, at once and those to come: of a
party (holder, end user or other), for a control item, or under a measure.`, `  navicert desk impose party "Prairie Pumps Inc." --reason "listed" --as li
  navicert desk impose item 1C902 --reason "quota" --as li`},
	"lift": {`Lift ends a suspension that was imposed; desk suspensions lists
them with their ids.`, `  navicert desk lift S4711 --as li`},
	"breach": {`Breach records that an undertaking was broken. Every licence that rests on it is
suspended with the same stroke.`, `  navicert desk breach U42-1 "sold on to another firm" --as chen`},
	"release-undertaking": {`Release-undertaking frees who gave an undertaking; licences that were suspended
for its breach can then be resumed.`, `  navicert desk release-undertaking U42-1 --as li`},
	"reserve": {`Reserve sets quantities of one licence or several aside for a shipment: all or
none. Quantities may be in any unit of the licence's family and are exact.
Without --key one is made and shown; a command that was cut off is given again
with the same key and counts once.`, `  navicert desk reserve --take "L42=120 kg,9000 USD" --shipment "B/L 815"`},
	"draw": {`Draw reserves and commits in one: the goods go now.`, `  navicert desk draw --take "L42=120 kg,9000 USD" --key "B/L 815"
  navicert desk draw --take "L42:1=80 kg,6000 USD" --take "L43:2=40 kg,3000 USD"`},
	"commit": {`Commit uses what a drawdown set aside. With --take less is used, and the rest is
free again. The licence has to be in its term and active.`, `  navicert desk commit D4711
  navicert desk commit D4711 --take "L42=100 kg,7500 USD"`},
	"release": {`Release frees what a drawdown set aside, at any time.`, `  navicert desk release D4711`},
	"return": {`Return puts back what was used and came back: all of it, or with --take less. It
counts only within the term of the licence.`, `  navicert desk return D4711 --take "L42=20 kg,1500 USD"`},
}
