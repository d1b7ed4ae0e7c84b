from tests.browser.test_chart import *  # noqa
from triage.models import FiredFlag, HistoryEntry
from visits import hours
import datetime as dt

OUT="/tmp/team/room-shots/"
def shot(person, name, full=True):
    person.page.wait_for_timeout(500)
    person.page.screenshot(path=f"{OUT}{name}.png", full_page=full)

def test_shots(comes_in, booked, bello, ada, clinic, visit_type, behind):
    def more():
        for n,(who,why,place,u) in enumerate([("Marisol Vance","Fever for four days, now a rash on my arms","TX","same_day"),("Theo Almgren","I need my blood pressure pills renewed","NY","video_suits"),("June Okafor","Burning when I pee","TX","same_day")]):
            p=world.make_patient(clinic, who)
            i=world.make_intake(p, reason=why, urgency=u)
            v=world.book(i,bello,visit_type,starts_at=world.next_slot(dt.timedelta(minutes=20*(n+2)+2)))
            pass
            if n==1:
                from django.utils import timezone
        for kind,name,d in [("allergy","Penicillin","hives"),("medicine","Lisinopril 10 mg","mornings"),("condition","High blood pressure","")]:
            HistoryEntry.objects.create(patient=ada,kind=kind,name=name,detail=d,added_by=ada.user)
        FiredFlag.objects.create(intake=booked.intake, flag="RF004", urgency="same_day", advice="call", came_from="answer")
    behind(more)
    desk=comes_in(bello)
    for name,phone in (("desk",False),("handy",True)):
        d=desk if not phone else comes_in(bello, phone=True)
        d.goes_to("/queue/"); shot(d,f"{name}-queue")
        d.goes_to("/schedule/"); shot(d,f"{name}-schedule")
    behind(world.check_in, booked)
    a=comes_in(ada, phone=True)
    a.goes_to(f"/visits/{booked.code}/room/"); a.page.wait_for_timeout(1500); shot(a,"ada-ready")
    a.presses("I’m ready"); a.sees("knows you are here"); shot(a,"ada-waiting")
    aw=comes_in(ada); aw.goes_to(f"/visits/{booked.code}/room/"); aw.page.wait_for_timeout(1500); shot(aw,"ada-waiting-wide"); aw.page.context.close()
    a.page.reload()
    page=chart_of(desk, booked); desk.page.wait_for_timeout(1500); shot(desk,"desk-chart-waiting")
    page.get_by_role("button", name="Admit").click(); desk.until_call_flows()
    plan_of(page).fill("Rest and fluids."); plan_of(page).press("Tab"); page.get_by_label("Assessment").fill("A common cold."); page.wait_for_timeout(2000)
    shot(desk,"desk-chart-call"); shot(desk,"desk-chart-call-view", False); shot(a,"ada-call", False)
    page.set_viewport_size({"width":390,"height":844}); shot(desk,"handy-chart-call",True); 
    page.mouse.wheel(0,1500); shot(desk,"handy-chart-call-view",False)
    page.set_viewport_size({"width":1280,"height":900})
    page.get_by_label("What the patient should know").fill("Drink a lot.\nRest for two days.\n\nCall us if it gets worse.")
    page.get_by_label("Advice").check(); page.get_by_role("button", name="Finish the visit").click(); desk.sees("Review and sign"); shot(desk,"desk-chart-completed")
    a.sees("finishing the note"); shot(a,"ada-over")
    note=behind(Note.objects.get); behind(signing.sign,note,by=bello.user)
    page.reload(); shot(desk,"desk-chart-signed")
    a.goes_to(f"/visits/{booked.code}/summary/"); shot(a,"ada-summary")
    page.emulate_media(color_scheme="dark"); desk.goes_to("/queue/"); shot(desk,"dark-queue")
