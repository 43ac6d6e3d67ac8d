"""The code lists, with the users' words. An association may add a code; nobody renames or removes one."""

from server.kinds.description import CodeList, Label


def _list(name: str, **labels: tuple[str, str]) -> CodeList:
    """Build a list; an underscore at an end only keeps Python from reading a number or a keyword."""
    return CodeList(name, {code.strip("_"): Label(fr, en) for code, (fr, en) in labels.items()})


GENDER = _list(
    "gender",
    woman=("Femme", "Woman"),
    man=("Homme", "Man"),
    trans_woman=("Femme trans", "Trans woman"),
    trans_man=("Homme trans", "Trans man"),
    non_binary=("Non binaire", "Non-binary"),
    other=("Autre", "Other"),
    unknown=("Non dit", "Not said"),
)
AGE_BAND = _list(
    "age_band",
    minor=("Mineur", "Minor"),
    _18_24=("18 à 24 ans", "18 to 24"),
    _25_34=("25 à 34 ans", "25 to 34"),
    _35_44=("35 à 44 ans", "35 to 44"),
    _45_54=("45 à 54 ans", "45 to 54"),
    _55_plus=("55 ans et plus", "55 and over"),
    unknown=("Non dit", "Not said"),
)
TIME_ON_STREET = _list(
    "time_on_street",
    under_1y=("Moins d’un an", "Under a year"),
    _1_5y=("1 à 5 ans", "1 to 5 years"),
    over_5y=("Plus de 5 ans", "Over 5 years"),
    unknown=("Non dit", "Not said"),
)
VULNERABILITY = _list(
    "vulnerability",
    pregnancy=("Grossesse", "Pregnancy"),
    injecting=("Injection", "Injecting"),
    psychological=("Souffrance psychique", "Psychological distress"),
    chronic_illness=("Maladie chronique", "Chronic illness"),
    disability=("Handicap", "Disability"),
    violence=("Violences subies", "Violence endured"),
    sex_work=("Travail du sexe", "Sex work"),
    minor=("Mineur", "Minor"),
    dual_diagnosis=("Double diagnostic", "Dual diagnosis"),
    isolated=("Isolement", "Isolated"),
)
NEED = _list(
    "need",
    shelter=("Un toit", "Shelter"),
    care=("Soins", "Care"),
    wound_care=("Soin de plaie", "Wound care"),
    psychological=("Soutien psychologique", "Psychological support"),
    addiction_treatment=("Traitement", "Treatment"),
    substitution=("Substitution", "Substitution"),
    hygiene=("Douche", "Shower"),
    meal=("Repas", "Meal"),
    clothing=("Vêtements", "Clothes"),
    kit=("Matériel", "Kit"),
    papers=("Papiers", "Papers"),
    address=("Domiciliation", "Postal address"),
    health_cover=("Couverture santé", "Health cover"),
    benefits=("Prestations sociales", "Benefits"),
    residence_right=("Droit au séjour", "Right to stay"),
    return_home=("Retour au pays", "Return home"),
    work=("Travail", "Work"),
    legal=("Aide juridique", "Legal help"),
    phone=("Téléphone", "Phone"),
    animal=("Animal", "Animal"),
    listening=("Écoute", "Listening"),
    consumption_space=("Espace de consommation", "Consumption space"),
)
KIT_ITEM = _list(
    "kit_item",
    crack_kit=("Kit crack", "Crack kit"),
    wound_kit=("Kit plaie", "Wound kit"),
    pipe=("Pipe", "Pipe"),
    tips=("Embouts", "Tips"),
    filter=("Filtre", "Filter"),
    base_kit=("Kit base", "Base kit"),
    syringe_1cc=("Seringue 1 ml", "Syringe 1 ml"),
    syringe_2cc=("Seringue 2 ml", "Syringe 2 ml"),
    sterile_cup=("Coupelle stérile", "Sterile cup"),
    water=("Eau", "Water"),
    acid=("Acide", "Acid"),
    foil=("Feuille d’aluminium", "Foil"),
    condom=("Préservatif", "Condom"),
    lubricant=("Lubrifiant", "Lubricant"),
    naloxone=("Naloxone", "Naloxone"),
    hygiene_kit=("Kit hygiène", "Hygiene kit"),
    sharps_container=("Collecteur", "Sharps container"),
    used_syringes=("Seringues rendues, usagées", "Used syringes returned"),
    used_pipes=("Pipes rendues, usagées", "Used pipes returned"),
)
UNIT = _list(
    "unit",
    piece=("pièce", "piece"),
    container=("collecteur", "container"),
    gram=("gramme", "gram"),
)
SOURCE = _list(
    "source",
    bag=("Sac", "Bag"),
    site=("Lieu d’accueil", "Site"),
    machine=("Automate", "Machine"),
)
STOCK_MOVE = _list(
    "stock_move",
    receipt=("Chargé", "Loaded"),
    loss=("Perdu", "Lost"),
    count=("Compté", "Counted"),
)
LOSS_REASON = _list(
    "loss_reason",
    broken=("Cassé", "Broken"),
    police_destruction=("Détruit par la police", "Destroyed by the police"),
    stolen=("Volé", "Stolen"),
    lost=("Perdu", "Lost"),
    expired=("Périmé", "Expired"),
    machine_fault=("Panne d’automate", "Machine fault"),
)
CONSUMPTION = _list(
    "consumption",
    crack=("Crack", "Crack"),
    cocaine=("Cocaïne", "Cocaine"),
    heroin=("Héroïne", "Heroin"),
    buprenorphine=("Buprénorphine", "Buprenorphine"),
    methadone=("Méthadone", "Methadone"),
    morphine_sulfate=("Sulfate de morphine", "Morphine sulfate"),
    tramadol=("Tramadol", "Tramadol"),
    pregabalin=("Prégabaline", "Pregabalin"),
    benzodiazepines=("Benzodiazépines", "Benzodiazepines"),
    cannabis=("Cannabis", "Cannabis"),
    amphetamines_mdma=("Amphétamines, MDMA", "Amphetamines, MDMA"),
    alcohol=("Alcool", "Alcohol"),
    tobacco=("Tabac", "Tobacco"),
    other=("Autre", "Other"),
)
ROUTE = _list(
    "route",
    smoked=("Fumé", "Smoked"),
    injected=("Injecté", "Injected"),
    sniffed=("Sniffé", "Sniffed"),
    swallowed=("Avalé", "Swallowed"),
)
CARE_ACT = _list(
    "care_act",
    pipe_burn=("Brûlure de pipe", "Pipe burn"),
    wound=("Plaie", "Wound"),
    abscess=("Abcès", "Abscess"),
    foot=("Soin des pieds", "Foot care"),
    respiratory=("Soin respiratoire", "Respiratory care"),
    overdose_response=("Réponse à une surdose", "Overdose response"),
    screening_hiv_hcv=("Dépistage VIH, VHC", "HIV, HCV screening"),
    vaccination=("Vaccination", "Vaccination"),
    listening=("Écoute", "Listening"),
    other=("Autre", "Other"),
)
CONTACT_SERVICE = _list(
    "contact_service",
    kit=("Matériel", "Kit"),
    care=("Soin", "Care"),
    request=("Demande", "Request"),
    talk=("Échange", "Talk"),
)
STATUS = _list(
    "status",
    open=("En cours", "Open"),
    obtained=("Obtenue", "Obtained"),
    refused=("Refusée", "Refused"),
    no_place=("Pas de place", "No place"),
    given_up=("Abandonnée", "Given up"),
)
CONSENT = _list(
    "consent",
    refused=("Refus", "Refused"),
    spoken=("Accord oral", "Spoken consent"),
    written=("Accord écrit", "Written consent"),
)
HOUSING = _list(
    "housing",
    street=("Rue", "Street"),
    squat=("Squat", "Squat"),
    third_party=("Chez quelqu’un", "With somebody"),
    rest_area=("Espace de repos", "Rest area"),
    emergency=("Hébergement d’urgence", "Emergency shelter"),
    hotel_assore=("Hôtel ASSORE", "ASSORE hotel"),
    phase=("PHASE", "PHASE"),
    uhs=("UHS", "UHS"),
    caarud_hotel=("Hôtel d’un CAARUD", "CAARUD hotel"),
    lhss=("LHSS", "LHSS"),
    lam=("LAM", "LAM"),
    act=("Appartement thérapeutique", "Therapeutic flat"),
    common_law=("Logement de droit commun", "Common-law lodging"),
    family=("Famille", "Family"),
    prison=("Prison", "Prison"),
    hospital=("Hôpital", "Hospital"),
    unknown=("Non dit", "Not said"),
)
PROCEDURE = _list(
    "procedure",
    identity_papers=("Papiers d’identité", "Identity papers"),
    address=("Domiciliation", "Postal address"),
    health_cover=("Couverture santé", "Health cover"),
    benefits=("Prestations sociales", "Benefits"),
    residence=("Titre de séjour", "Residence permit"),
    return_home=("Retour au pays", "Return home"),
    justice=("Justice", "Justice"),
    housing_application=("Demande de logement", "Housing application"),
)
LEFT_REASON = _list(
    "left_reason",
    handed_over=("Relais passé", "Handed over"),
    housed=("Logement", "Housed"),
    death=("Décès", "Death"),
    prison=("Prison", "Prison"),
    moved=("Départ", "Moved"),
    lost_contact=("Perdu de vue", "Lost contact"),
    hospital=("Hôpital", "Hospital"),
    deported=("Expulsion", "Deported"),
    other=("Autre", "Other"),
)
TERRITORY = _list(
    "territory",
    consumption=("Consommation", "Consumption"),
    dealing=("Vente", "Dealing"),
    transit=("Passage", "Transit"),
    camp=("Campement", "Camp"),
    living=("Lieu de vie", "Living place"),
    sex_work=("Travail du sexe", "Sex work"),
    begging=("Mendicité", "Begging"),
    gathering=("Rassemblement", "Gathering"),
)
NOTICE_TYPE = _list(
    "notice_type",
    evacuation=("Évacuation", "Evacuation"),
    bad_batch=("Produit dangereux", "Bad batch"),
    cold=("Grand froid", "Cold"),
    heat=("Canicule", "Heat"),
    other=("Autre alerte", "Another notice"),
)
MOOD = _list(
    "mood",
    calm=("Calme", "Calm"),
    tense=("Tendu", "Tense"),
    violent=("Violent", "Violent"),
)
WORKER_ROLE = _list(
    "worker_role",
    outreach=("Maraude", "Outreach"),
    reception=("Accueil", "Reception"),
    health=("Santé", "Health"),
    coordinator=("Coordination", "Coordination"),
    administrator=("Administration", "Administration"),
)
PROFESSION = _list(
    "profession",
    social_worker=("Travail social", "Social work"),
    nurse=("Soins infirmiers", "Nursing"),
    psychologist=("Psychologie", "Psychology"),
    psychiatrist=("Psychiatrie", "Psychiatry"),
    addiction_specialist=("Addictologie", "Addiction medicine"),
    educator=("Éducation spécialisée", "Special education"),
    mediator=("Médiation", "Mediation"),
    peer=("Pair-aidance", "Peer support"),
    other=("Autre", "Other"),
)
PATROL_TYPE = _list(
    "patrol_type",
    risk_reduction=("Réduction des risques", "Risk reduction"),
    mediation=("Médiation", "Mediation"),
    metro=("Métro", "Metro"),
    psychiatric_social=("Psychiatrie et social", "Psychiatric and social"),
    social=("Sociale", "Social"),
    bus=("Bus", "Bus"),
)
PATROL_MODE = _list(
    "patrol_mode",
    walk=("À pied", "On foot"),
    bus=("En bus", "By bus"),
    metro=("Dans le métro", "In the metro"),
)
SLOT = _list(
    "slot",
    morning=("Matin", "Morning"),
    afternoon=("Après-midi", "Afternoon"),
    evening=("Soirée", "Evening"),
    night=("Nuit", "Night"),
)
STRUCTURE_TYPE = _list(
    "structure_type",
    assore=("Hôtel ASSORE", "ASSORE hotel"),
    phase=("PHASE", "PHASE"),
    uhs=("UHS", "UHS"),
    caarud=("CAARUD", "CAARUD"),
    csapa=("CSAPA", "CSAPA"),
    scmr=("Salle de consommation", "Consumption room"),
    siao=("SIAO", "SIAO"),
    pass_=("PASS", "PASS"),
    empp=("EMPP", "EMPP"),
    elsa=("ELSA", "ELSA"),
    hospital=("Hôpital", "Hospital"),
    lhss=("LHSS", "LHSS"),
    lam=("LAM", "LAM"),
    act=("Appartement thérapeutique", "Therapeutic flat"),
    day_centre=("Accueil de jour", "Day centre"),
    rest_area=("Espace de repos", "Rest area"),
    tapaj=("TAPAJ", "TAPAJ"),
    common_law=("Logement de droit commun", "Common-law lodging"),
    other=("Autre", "Other"),
)
REFERRAL_MODE = _list(
    "referral_mode",
    live=("Dans Escale", "In Escale"),
    logged=("Téléphone ou papier", "Phone or paper"),
)
REFERRAL_STATE = _list(
    "referral_state",
    draft=("Brouillon", "Draft"),
    sent=("Envoyée", "Sent"),
    triage=("Prise en main", "Claimed"),
    info_needed=("Précision demandée", "Information needed"),
    waitlisted=("En liste d’attente", "Waitlisted"),
    offered=("Place proposée", "Place offered"),
    accepted=("Acceptée", "Accepted"),
    scheduled=("Rendez-vous fixé", "Scheduled"),
    in_service=("Accueillie", "In service"),
    completed=("Terminée", "Completed"),
    declined_provider=("Refusée par la structure", "Declined by the structure"),
    declined_person=("Refusée par la personne", "Declined by the person"),
    no_show=("Absence", "No show"),
    lost_contact=("Perdu de vue", "Lost contact"),
    withdrawn=("Retirée", "Withdrawn"),
    in_error=("Saisie par erreur", "Entered in error"),
)
REFERRAL_MOVE = _list(
    "referral_move",
    send=("Envoyer", "Send"),
    claim=("Prendre", "Claim"),
    ask_info=("Demander une précision", "Ask for information"),
    answer_info=("Donner la précision", "Give the information"),
    waitlist=("Mettre en attente", "Waitlist"),
    offer=("Proposer une place", "Offer a place"),
    accept=("Accepter", "Accept"),
    schedule=("Fixer le rendez-vous", "Schedule"),
    start=("Accueillir", "Start"),
    complete=("Terminer", "Complete"),
    decline_provider=("Refuser", "Decline"),
    decline_person=("Noter le refus de la personne", "Record the person’s refusal"),
    miss=("Noter l’absence", "Record a no-show"),
    lose_contact=("Noter la perte de contact", "Record lost contact"),
    withdraw=("Retirer", "Withdraw"),
    mark_in_error=("Signaler une erreur", "Mark as an error"),
)
DECLINED = _list(
    "declined",
    at_capacity=("Complet", "At capacity"),
    other=("Autre raison", "Another reason"),
)
DECLINE_REASON = _list(
    "decline_reason",
    at_capacity=("Complet", "At capacity"),
    not_eligible=("Hors critères", "Not eligible"),
    no_answer=("Pas de réponse", "No answer"),
    behaviour=("Comportement", "Behaviour"),
    person_refused=("Refus de la personne", "The person refused"),
    papers_missing=("Papiers manquants", "Papers missing"),
    other=("Autre", "Other"),
)
