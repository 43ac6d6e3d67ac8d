/**
 * The words of the app, and the source of their keys.
 *
 * A narrow no-break space (\u202f) stands before ; ? and inside « », a no-break space (\u00a0)
 * before the colon. What stands between braces is filled in when shown: `{n|one|many}` is the word
 * that the number asks for.
 */
export const fr = {
  'app.offline': 'Hors ligne',
  'app.version': 'Escale {version}',
  'app.serverVersion': 'Serveur {version}',

  'welcome.title': 'Cet appareil n’a rejoint aucune association',
  'welcome.ask.title': 'Demandez un lien d’invitation',
  'welcome.ask.body':
    'La personne qui administre Escale dans votre association peut vous en donner un.',
  'welcome.byHand.title': 'Sans lien\u00a0: montrez un QR code',
  'welcome.byHand.body':
    'La personne qui administre Escale le filme, ou le reçoit dans un message. Cela marche sans réseau.',
  'welcome.byHand.action': 'Montrer ma demande',
  'welcome.nothingKept.title': 'Rien de personnel ici',
  'welcome.nothingKept.body':
    'Cet appareil ne garde que l’application, et vos choix de langue et de lumière.',

  'offline.preparing.title': 'Préparation pour s’ouvrir sans réseau',
  'offline.preparing.starting': 'Gardez cette page ouverte. Il suffit de quelques secondes.',
  'offline.preparing.files':
    'Fichiers vérifiés\u00a0: {done} sur {total}. Gardez cette page ouverte.',
  'offline.ready.title': 'Prêt à s’ouvrir sans réseau',
  'offline.ready.body': 'L’application est sur cet appareil. Chaque fichier a été vérifié.',
  'offline.notReady.title': 'Pas encore prêt sans réseau',
  'offline.interrupted.body':
    'Le réseau a manqué pendant la préparation. Les fichiers déjà vérifiés restent. Touchez «\u202fEssayer\u202f» quand il revient.',
  'offline.refused.body':
    'Un fichier reçu n’est pas le bon\u202f; rien n’a été gardé. Touchez «\u202fEssayer\u202f». Si cela recommence, dites-le à la personne qui administre Escale.',
  'offline.retry': 'Essayer',
  'offline.impossible.title': 'Ne s’ouvrira pas sans réseau',
  'offline.unsupported.body':
    'Ce navigateur ne sait pas garder l’application, ou sa fenêtre est privée. Ouvrez cette adresse dans une fenêtre ordinaire de Chrome, Edge, Firefox ou Safari à jour.',
  'offline.insecure.body':
    'Cette adresse n’est pas protégée. Demandez l’adresse en https à la personne qui administre Escale.',

  'install.title': 'Escale à portée de main',
  'install.body': 'Son icône sur cet appareil, et tout l’écran pour travailler.',
  'install.action': 'Installer',

  'update.title': 'Une nouvelle version est prête',
  'update.body': 'Rien ne change tant que vous ne rechargez pas.',
  'update.action': 'Recharger',

  'unexpected.title': 'Quelque chose d’imprévu est arrivé',
  'unexpected.body':
    'Rien n’a été envoyé. Rechargez la page. Si cela recommence, dites à la personne qui administre Escale l’heure et ce que vous faisiez.',
  'unexpected.action': 'Recharger',

  'elsewhere.title': 'Escale est ouvert dans un autre onglet',
  'elsewhere.body':
    'Sur cet appareil, un seul onglet écrit à la fois\u00a0: ainsi, rien n’est compté deux fois. Continuez dans l’autre onglet ou l’autre fenêtre.',
  'elsewhere.then': 'Dès qu’il est fermé ou verrouillé, Escale continue ici tout seul.',

  'cleared.title': 'Le navigateur a effacé ce qu’Escale gardait ici',
  'cleared.lost': '{n} {n|écrit pas encore envoyé est perdu|écrits pas encore envoyés sont perdus}',
  'cleared.lostBody':
    'Ce n’était que sur cet appareil, comme un brouillon en cours. Notez dès maintenant ce dont vous vous souvenez.',
  'cleared.nothing': 'Rien n’attendait d’être envoyé',
  'cleared.nothingBody': 'Seul un brouillon en cours serait perdu.',
  'cleared.safe': 'Tout ce qui était envoyé est à l’abri',
  'cleared.safeBody': 'Le serveur et les autres appareils de l’association l’ont encore.',
  'cleared.join': 'Cet appareil doit rejoindre l’association à nouveau',
  'cleared.joinBody':
    'Ses clés sont effacées aussi. Demandez un lien à la personne qui administre Escale, et demandez-lui de retirer l’ancien appareil.',
  'cleared.action': 'Rejoindre à nouveau',
  'cleared.why':
    'Cela arrive quand on efface les données du navigateur, ou quand l’appareil manque de place.',

  'settings.toLight': 'Jour',
  'settings.toDark': 'Nuit',
  'settings.otherLanguage': 'English',

  'pill.unsent': 'sur la tablette',
  'pill.aside': 'à voir',
  'pill.retired': 'retiré',
  'pill.upToDate': 'À jour à {time}',

  'nav.label': 'Principal',
  'nav.patrol': 'Maraude',
  'nav.people': 'Personnes',
  'nav.queue': 'Orientations',
  'nav.conflicts': 'Conflits',
  'nav.duplicates': 'Doublons',
  'nav.association': 'Association',
  'nav.more': 'Plus',
  'nav.lock': 'Verrouiller',
  'nav.back': 'Retour',
  'nav.conflictCount': '{n|conflit|conflits} à régler',
  'nav.doubtCount': '{n|appareil|appareils} à vérifier',

  'mark.tablet': 'sur la tablette',
  'mark.server': 'sur le serveur',
  'mark.seen': 'vu',
  'mark.aside': 'mis de côté',
  'mark.lost': 'seulement sur cet appareil',

  'toast.undo': 'Annuler',
  'toast.close': 'Fermer',
  'toast.left': 'encore {n} s',
  'sheet.close': 'Fermer',
  'step.fewer': '{what}, un de moins',
  'step.more': '{what}, un de plus',

  'alarm.title': 'Continuez à travailler, et appelez la personne qui administre Escale',
  'alarm.titleAdministers': 'Continuez à travailler, et appelez la personne qui tient le serveur',
  'alarm.body':
    'Le serveur se contredit\u00a0: cet appareil ne prend rien de lui, et réessaie de lui-même.',
  'alarm.key':
    'Une clé donnée à cet appareil n’est pas celle des autres\u00a0: ce que l’équipe note peut manquer ici.',
  'alarm.goOn': 'Ce que vous notez est gardé. N’effacez rien, ne réinstallez rien.',
  'alarm.code': 'Code\u00a0: {code}.',
  'full.title': 'Cet appareil est plein',
  'full.body':
    'Ce que vous avez enregistré est ici et part quand même. Rien de nouveau ne s’enregistre, rien de nouveau n’arrive. Supprimez des photos ou des applications\u00a0: Escale reprend tout seul.',
  'retired.title': 'Cet appareil a été retiré de l’association',
  'retired.body':
    'Le serveur l’a dit ({when})\u00a0: rien n’en part et rien n’y arrive plus. Ce qui y est se lit encore, ce qui n’est pas parti y reste. Appelez la personne qui administre Escale.',
  'retired.count':
    '{n} {n|écrit reste|écrits restent} sur cet appareil\u00a0: le serveur n’en prend plus.',
  'retired.show': 'Gardez-le, et montrez cet écran à la personne qui administre Escale.',

  'salvage.give':
    'Un fichier que personne ne peut lire sans Escale. Donnez-le à la personne qui administre\u202f; tout reste ici aussi.',
  'salvage.giveCare':
    'Un fichier que personne ne peut lire sans Escale. Il contient des soins\u00a0: donnez-le à la personne qui administre, puis à une soignante qui a accès au dossier de santé. Tout reste ici aussi.',
  'salvage.save': 'Enregistrer ce qui n’est pas parti dans un fichier',
  'salvage.fileName': 'escale-{n}-ecrits.escale',
  'salvage.saved': '{n|écrit est|écrits sont} dans le fichier, et {n|reste|restent} ici.',
  'salvage.title': 'Reprendre ce qui n’est pas parti',
  'salvage.takeUp': 'Reprendre ses écrits',
  'salvage.takeUpOf': 'Reprendre ses écrits\u00a0: appareil {id}, {name}',
  'salvage.ask':
    'Sur l’appareil retiré, ouvrez «\u202fCe qui attend\u202f» et enregistrez le fichier, puis apportez-le ici.',
  'salvage.file': 'Le fichier de l’appareil retiré',
  'salvage.reading': 'Lecture du fichier…',
  'salvage.found': '{n} {n|nouvel écrit|nouveaux écrits} de {name}',
  'salvage.nothing': 'Aucun écrit de {name} ne peut être repris ici',
  'salvage.device': 'Appareil {id}.',
  'salvage.known':
    '{n} {n|est déjà ici et ne sera pas compté|sont déjà ici et ne seront pas comptés} deux fois.',
  'salvage.closed':
    '{n} {n|ne s’ouvre pas|ne s’ouvrent pas} sur cet appareil\u00a0: gardez l’appareil retiré et le fichier.',
  'salvage.elsewhere':
    'Il y a aussi des soins. Une soignante qui a accès au dossier de santé les reprend avec ce même fichier, sur son appareil, dans Plus\u00a0: gardez-le jusque-là.',
  'salvage.careTakeUp': 'Reprendre des soins non envoyés d’un appareil retiré',
  'salvage.careTitle': 'Reprendre des soins non envoyés',
  'salvage.careAsk':
    'Sur l’appareil retiré, ouvrez «\u202fCe qui attend\u202f» et enregistrez le fichier, puis apportez-le ici. C’est le même que pour la personne qui administre.',
  'salvage.careFound': '{n} {n|nouvel écrit|nouveaux écrits} de santé de {name}',
  'salvage.careNothing': 'Aucun écrit de santé de {name} à reprendre ici',
  'salvage.careElsewhere':
    'Le reste du fichier, la personne qui administre le reprend sur son appareil\u00a0: gardez-le jusque-là. Les soins d’une personne nouvelle se voient ensuite.',
  'salvage.keeps': 'Ils restent au nom de {name}. Rien de ce qui a été noté depuis n’est remplacé.',
  'salvage.confirm': 'Reprendre {n} {n|écrit|écrits}',
  'salvage.done': '{n} {n|écrit repris|écrits repris}.',

  'restored.title': 'Le serveur est revenu à une copie plus ancienne',
  'restored.body': 'Rien de ce qui est enregistré sur cet appareil n’est perdu.',
  'restored.own':
    '{n} {n|écrit de cet appareil repart|écrits de cet appareil repartent} vers le serveur.',
  'restored.others':
    '{n} {n|écrit d’un autre appareil n’est plus que sur celui-ci|écrits d’autres appareils ne sont plus que sur celui-ci}, jusqu’à ce que {n|cet appareil revienne|ces appareils reviennent}.',
  'restored.confirm':
    'Confirmez seulement quand tous les administrateurs ont ouvert Escale avec du réseau depuis.',
  'restored.heard': 'J’ai compris',
  'restored.allBack': 'Tous les administrateurs sont passés',

  'problem.linkUnreadable': 'Ce lien est incomplet. Copiez-le en entier, ou demandez-en un autre.',
  'problem.linkOtherServer':
    'Cette invitation est celle d’un autre serveur. Ouvrez l’adresse qui vous a été donnée avec elle.',
  'problem.linkExpired':
    'Ce lien n’est plus valable. Demandez-en un autre à la personne qui administre Escale.',
  'problem.linkUsed':
    'Ce lien a déjà servi une fois. Demandez-en un autre à la personne qui administre Escale.',
  'problem.codeUnreadable':
    'Ce texte ou cette image n’est pas un code entier. Copiez-le en entier, ou filmez de nouveau. Rien n’est perdu.',
  'problem.codeIsRequest':
    'C’est une demande, pas une réponse. Prenez la réponse que montre la personne qui administre Escale.',
  'problem.codeIsAnswer':
    'C’est une réponse, pas une demande. Prenez la demande que montre le nouvel appareil.',
  'problem.codeOfAnother':
    'Cette réponse est pour un autre appareil, ou pour une demande d’avant. Faites lire la demande qui est ici.',
  'problem.codeUsed':
    'Cette demande a déjà sa réponse. Si elle est perdue, annulez sur le nouvel appareil et montrez-en une autre.',
  'problem.setupRefused':
    'Ce lien de mise en place a déjà servi, ou un plus récent l’a remplacé. Redémarrez le serveur\u00a0: il affiche un nouveau lien.',
  'problem.nameMissing': 'Dites votre prénom.',
  'problem.wordWrong': 'Ce n’est pas ce mot. Regardez de nouveau votre papier.',
  'problem.papersUnknown':
    'Ce serveur ne connaît pas ces papiers. L’adresse imprimée dessus doit être celle de cette page.',
  'problem.papersRetired':
    'Ces papiers ont été retirés de l’association\u00a0: ils n’ouvrent plus rien. Il en faut de plus récents.',
  'problem.logDishonest':
    'Ce que le serveur envoie n’est pas un journal entier. Rien n’a été signé. Réessayez. Si ce message reste, appelez la personne qui tient le serveur.',
  'problem.serverUnreached':
    'Le serveur n’a pas répondu. Rien n’est perdu. Réessayez quand il y a du réseau.',
  'problem.pinWrong': 'Ce n’est pas ce code. Rien n’est perdu.',
  'problem.pinTooShort': 'Il faut au moins 6 chiffres, ou une phrase.',
  'problem.tooEarly': 'C’est trop tôt. Attendez quelques secondes.',
  'problem.locked': 'Le coffre s’est fermé. Ouvrez-le avec votre code, le brouillon reste.',
  'problem.storageFull':
    'Cet appareil est plein\u00a0: rien de nouveau n’a été enregistré. Le brouillon reste à l’écran tant que vous ne verrouillez pas. Faites de la place, puis recommencez.',
  'problem.notFound': 'Cette fiche n’est pas, ou n’est plus, sur cet appareil.',
  'problem.erased': 'Cette personne a été effacée\u00a0: il n’y a plus rien d’elle ici.',
  'problem.erasing':
    'L’effacement de cette personne est demandé\u00a0: plus rien ne s’écrit à son sujet.',
  'problem.refused': 'Cela n’est pas permis dans cet état. Rien n’a changé.',
  'problem.tooLong': 'C’est trop long pour ce champ. Raccourcissez, rien n’est perdu.',
  'problem.roundClosed':
    'Cette maraude est déjà terminée\u00a0: son bilan dit par qui. Rien n’a changé.',

  'problem.lineChanged':
    'Quelqu’un d’autre a écrit cette ligne entre-temps. Votre texte est encore ici. Enregistrez de nouveau pour qu’il la remplace.',
  'problem.lineRefused': 'Un champ ne convient pas. Raccourcissez ou corrigez, rien n’est perdu.',
  'problem.copyUnreadable':
    'Ce fichier n’est pas celui d’un appareil retiré, ou il est incomplet. Demandez-en un autre à qui vous l’a donné.',
  'problem.copyForeign':
    'Ce fichier vient d’une autre association, ou d’un appareil que celui-ci ne connaît pas.',
  'problem.copyOfMember':
    'L’appareil de ce fichier est encore dans l’association\u00a0: il envoie ses écrits lui-même. S’il ne le peut pas, retirez-le d’abord.',
  'problem.copyNothingNew': 'Tout ce qui est dans ce fichier est déjà ici.',
  'welcome.linkFailed': 'Le lien n’a pas fonctionné',
  'join.steps': 'Étapes',
  'join.stepWaiting': 'Réponse',
  'join.stepCompare': 'Lettres',
  'join.stepCode': 'Code',
  'join.stepLoading': 'Lecture',
  'join.waitingTitle': 'Appelez la personne qui administre Escale',
  'join.waitingBody':
    'Elle voit votre demande et y répond. Gardez cette page ouverte et restez au téléphone\u00a0: vous comparerez des lettres.',
  'join.compareTitle': 'Lisez ces lettres à la personne qui administre Escale',
  'join.compareBody':
    'Elle doit voir les mêmes seize lettres. Si une seule diffère, quelqu’un s’est mis entre vous\u00a0: arrêtez.',
  'join.same': 'Les mêmes lettres',
  'join.different': 'Elles diffèrent',
  'join.cancel': 'Annuler',
  'join.codeTitle': 'Choisissez un code',
  'join.codeAgainTitle': 'Le même code, encore une fois',
  'join.codeBody':
    'Six chiffres au moins. Ils protègent l’appareil des mains d’un autre. Une phrase secrète de quinze signes protège aussi d’un laboratoire.',
  'join.codeLabel': 'Votre code',
  'join.codeAgainLabel': 'Votre code, encore',
  'join.codeAction': 'Continuer',
  'join.codesDiffer': 'Les deux codes diffèrent. Choisissez de nouveau.',
  'join.alarmTitle': 'Cet appareil n’est pas entré',
  'join.alarm':
    'Ce que le serveur envoie ne concorde pas avec l’invitation ({code}). Cet appareil n’en garde rien, et réessaie de lui-même. Si ce message reste, appelez la personne qui administre Escale et demandez-lui une nouvelle invitation.',
  'join.again': 'J’ai une nouvelle invitation',
  'join.loadingTitle': 'Lecture des dossiers de l’association',
  'join.loadingBody':
    '{shown} {n|écriture lue|écritures lues}. Gardez cette page ouverte, une coupure reprend où elle en était.',
  'join.tickTitle': 'Restez au téléphone',
  'join.tickBody':
    'La personne qui administre Escale confirme aussi les lettres sur son écran. Dès qu’elle l’a fait, les dossiers arrivent.',
  'join.lettersAgain': 'Si elle vous demande des lettres, lisez-lui celles-ci à voix haute.',
  'join.hint': 'Le lien ne sert qu’une fois et n’est plus dans l’adresse.',

  'byHand.title': 'Montrez cette demande à la personne qui administre Escale',
  'byHand.body':
    'Elle la filme avec son appareil, ou vous la copiez et la lui envoyez. Il n’y a rien de secret dedans.',
  'byHand.request': 'Demande d’entrée de cet appareil',
  'byHand.copy': 'Copier la demande',
  'byHand.answerTitle': 'Puis prenez sa réponse',
  'byHand.answerBody':
    'Son appareil la montre dès qu’il a lu votre demande. Gardez cette page ouverte.',
  'byHand.film': 'Filmer la réponse',
  'byHand.filmed':
    'Filmée sur son écran, devant vous\u00a0: il n’y a pas de lettres à comparer ici. Une image qu’on vous a envoyée ne suffit pas.',
  'byHand.pasted':
    'Reçue dans un message\u00a0: collez-la, puis vous comparerez seize lettres à voix haute.',
  'byHand.readyTitle': 'Cet appareil est prêt à entrer',
  'byHand.readyBody':
    'Il entrera dès que la personne qui administre Escale l’aura confirmé, que son appareil aura eu du réseau, et que celui-ci en aura. Vous pouvez fermer cette page et revenir plus tard avec votre code.',
  'byHand.hint': 'Rien n’est gardé sur cet appareil avant que vous ayez choisi votre code.',
  'reader.seen': 'Ce que voit la caméra',
  'reader.how':
    'Tenez l’appareil bien en face de l’autre écran, pour que tout le carré soit visible.',
  'reader.stop': 'Arrêter la caméra',
  'reader.paste': 'Collez le texte ici',
  'reader.read': 'Lire le texte',
  'reader.refused':
    'La caméra n’est pas permise ici. Permettez-la dans les réglages du navigateur, ou collez le texte.',
  'reader.noCamera': 'Il n’y a pas de caméra à utiliser ici. Collez le texte.',

  'found.stepName': 'Vous',
  'found.stepPaper': 'Papiers',
  'found.stepOpening': 'Ouverture',
  'found.nameTitle': 'Votre association commence ici',
  'found.nameBody':
    'Vous serez la première personne à l’administrer. Votre prénom est scellé\u00a0: le serveur ne peut pas le lire.',
  'found.paperTitle': 'Papier de secours {n} sur {total}',
  'found.paperBody':
    'Si tous les appareils qui administrent sont perdus, deux de ces trois papiers rouvrent les dossiers. Imprimez celui-ci ou recopiez-le, et confiez les trois à trois personnes. Escale ne le garde nulle part et ne pourra pas le remontrer.',
  'found.print': 'Imprimer',
  'found.written': 'Je l’ai sur papier',
  'found.openingTitle': 'Ouverture de l’association',
  'found.openingBody':
    'Tout est gardé sur cet appareil. Dès que le serveur a répondu, vous entrez.',
  'found.openingRefused':
    'Le serveur a redémarré et ce lien n’est plus valable. Redémarrez-le, ouvrez le nouveau lien sur cet appareil, entrez votre code. Vos papiers restent valables.',
  'paper.title': 'Escale, papier de secours {n} sur {total}',
  'paper.use':
    'Deux de ces trois papiers rouvrent les dossiers de l’association. Gardez-le loin des deux autres.',
  'paper.origin': 'Adresse',
  'paper.root': 'Racine du journal',
  'paper.checkTitle': 'Quel est le mot {n}\u202f?',
  'paper.checkBody': 'Lisez-le sur votre papier {n}.',
  'paper.checkLabel': 'Mot {n}',
  'paper.check': 'Vérifier',
  'paper.again': 'Revoir le papier',

  'welcome.allLost': 'Tous les appareils sont perdus',
  'recover.stepRoot': 'Racine',
  'recover.firstTitle': 'Un premier papier de secours',
  'recover.otherTitle': 'Un autre papier de secours',
  'recover.paperBody':
    'Deux des trois papiers suffisent, dans n’importe quel ordre. Recopiez les {words} mots de celui-ci\u00a0: les quatre premières lettres de chacun suffisent, puis espace. Rien de ce que vous tapez ici n’est gardé ni envoyé.',
  'recover.unknownWords':
    '{n|Le mot|Les mots} {words} {n|n’est pas|ne sont pas} dans la liste des papiers. Relisez-{n|le|les}.',
  'recover.wordMissing': 'Il manque le mot {n}.',
  'recover.checksum':
    'Tous ces mots existent, mais un au moins n’est pas celui de ce papier, ou deux sont à la place l’un de l’autre. Relisez-les un par un.',
  'recover.samePaper': 'C’est deux fois le même papier. Prenez un autre des trois.',
  'recover.otherSet':
    'Ces deux papiers n’ont pas été faits ensemble. La racine du journal imprimée en bas doit être la même sur les deux.',
  'recover.firstPaper': 'Premier papier',
  'recover.whoTitle': 'Qui êtes-vous\u202f?',
  'recover.whoBody':
    'Voici les personnes de l’association. Cet appareil sera celui de la personne que vous choisissez, et administrera.',
  'recover.somebodyNew': 'Je ne suis pas dans la liste',
  'recover.newTitle': 'Votre prénom',
  'recover.newBody':
    'Vous administrerez l’association. Votre prénom est scellé\u00a0: le serveur ne peut pas le lire.',
  'recover.backToPeople': 'Revoir la liste',
  'recover.rootTitle': 'La même racine que sur un papier\u202f?',
  'recover.rootBody':
    'Un serveur trompeur pourrait montrer un journal à lui. Seul le papier le dit\u00a0: comparez chaque groupe avec «\u202fRacine du journal\u202f», imprimé en bas.',
  'recover.last':
    'Le dernier envoi que montre ce serveur\u00a0: {when}. S’il y en a eu d’autres ensuite, il ne montre pas tout.',
  'recover.same': 'La même racine',
  'recover.different': 'Elle diffère',
  'recover.differs':
    'Alors ce n’est pas le journal de votre association. Rien n’a été signé. Vérifiez l’adresse de cette page, et appelez la personne qui tient le serveur.',
  'recover.compareAgain': 'Comparer encore',
  'recover.stop': 'Arrêter',
  'recover.back': 'Retour',
  'recover.openingTitle': 'Ouverture de vos dossiers',
  'recover.refused':
    'Entre-temps l’association a changé\u00a0: ce que vos papiers ont signé n’est plus accepté. Rien n’est perdu, vos papiers restent valables. Recommencez avec eux.',
  'recover.alarm':
    'Ce que le serveur envoie ne concorde pas avec vos papiers ({code}). Cet appareil essaie encore. Si ce message reste, appelez la personne qui tient le serveur.',
  'recover.again': 'Recommencer avec les papiers',
  'recover.hint': 'Vos papiers restent valables. Ils ne quittent pas cette page.',
  'returned.title': 'Vous administrez de nouveau l’association',
  'returned.there': 'Tout ce que le serveur avait reçu est là',
  'returned.thereBody':
    'Ce que les appareils perdus n’avaient pas encore envoyé est parti avec eux.',
  'returned.retire': 'Les appareils perdus sont encore membres',
  'returned.retireBody':
    'Qui en trouve un peut encore l’ouvrir avec son code. Dans Association, touchez «\u202fRetirer cet appareil\u202f» sur chacun.',
  'returned.papers': 'Vos trois papiers restent valables',
  'returned.papersBody': 'Rendez-les à trois personnes, loin les uns des autres.',
  'returned.action': 'Retirer les appareils perdus',
  'returned.later': 'Plus tard',

  'pin.typed': '{n} {n|signe saisi|signes saisis}',
  'pin.erase': 'Effacer un chiffre',
  'pin.toPhrase': 'Phrase secrète',
  'pin.toDigits': 'Code à chiffres',
  'unlock.codeOf': 'Code de {name}',
  'unlock.action': 'Déverrouiller',
  'unlock.patrolBefore': 'La maraude de',
  'unlock.patrolAfter': 'est ouverte depuis {time}.',
  'unlock.closed': 'Coffre fermé',
  'unlock.closedDraft': 'Coffre fermé, 1 brouillon gardé',
  'unlock.wrong': 'Ce n’est pas ce code. Réessayez dans {n} s.',
  'unlock.wrongDraft': 'Ce n’est pas ce code. Réessayez dans {n} s, le brouillon reste.',
  'unlock.again': 'Vous pouvez réessayer.',
  'unlock.unsent': '{n} {n|enregistrement est|enregistrements sont} sur cette tablette.',
  'unlock.unsentBody':
    'Ils partiront seuls dès qu’il y aura du réseau. Vous pouvez travailler sans.',
  'unlock.phraseHint':
    'Un code protège des mains d’un autre, une phrase secrète protège aussi d’un laboratoire.',

  'open.title': 'Ouvrir une maraude',
  'open.where': 'Où',
  'open.noZone': 'Aucune zone n’est encore sur cet appareil. Elles arrivent avec le réseau.',
  'open.type': 'Type',
  'open.crew': 'Avec qui',
  'open.me': '{name}, vous',
  'open.action': 'Ouvrir la maraude',
  'open.zoneMissing': 'Choisissez une zone.',
  'patrol.noZone': 'Sans zone',
  'patrol.openSince': 'Maraude ouverte à {time}',
  'patrol.counts':
    '{encounters} {encounters|rencontre|rencontres}, {people} {people|personne|personnes}',
  'patrol.met': 'Vus ce soir',
  'patrol.often': 'Souvent ici',
  'dock.anonymous': 'Anonyme, 1 kit',
  'dock.anonymousHint': 'une personne sans nom',
  'dock.new': 'Nouvelle rencontre',
  'draft.letGo': 'Un brouillon nommait une personne effacée.',
  'draft.letGoBody': 'Elle n’y est plus. Relisez ce qui reste avant d’enregistrer.',
  'draft.kept': 'Brouillon gardé\u00a0: {who}',
  'draft.since': 'Commencé à {when}, pas encore compté.',
  'draft.resume': 'Reprendre',
  'draft.drop': 'Jeter',
  'draft.sure': 'Jeter ce brouillon\u00a0: {who}\u202f? Rien n’en restera.',
  'draft.dropSure': 'Oui, jeter',
  'draft.keep': 'Garder',

  'finder.label': 'Chercher une personne',
  'finder.hint': 'Surnom, signe, début de nom',
  'finder.found': '{n} {n|personne trouvée|personnes trouvées}',
  'finder.create': 'Créer «\u202f{alias}\u202f»',
  'finder.createHint': 'une nouvelle personne, sous ce seul surnom',
  'tile.conflict': 'à régler',
  'tile.requests': '{n} {n|demande|demandes}',
  'tile.referred': 'orientée',

  'encounter.title': 'Rencontre',
  'encounter.draftKept': 'Brouillon gardé',
  'encounter.close': 'Fermer, le brouillon reste',
  'encounter.who': 'Qui',
  'encounter.new': 'nouveau',
  'encounter.remove': 'Retirer {name}',
  'encounter.someone': 'Quelqu’un',
  'encounter.pickTitle': 'Qui est là',
  'encounter.noName': 'Sans nom',
  'encounter.noNameOf': 'Sans nom, {gender}',
  'encounter.moreGenders': 'Autres genres',
  'encounter.anonymous': '{n} sans nom',
  'encounter.nobodyYet': 'Personne encore',
  'encounter.given': 'Donné',
  'encounter.moreItems': '{list} et {n} {n|autre|autres}',
  'encounter.care': 'Soin',
  'encounter.careHint': 'détail réservé aux clés santé',
  'encounter.careGiven': 'Soin donné',
  'encounter.careSummary': '1 soin',
  'encounter.asked': 'Demande',
  'encounter.needs': '{n} {n|demande|demandes}',
  'encounter.note': 'Note',
  'encounter.placeNote': 'Note sur le lieu, sans nommer personne',
  'encounter.noteSummary': 'une note',
  'encounter.refer': 'Orienter',
  'encounter.referSummary': '1 orientation',
  'encounter.referMany':
    'L’accord est celui d’une seule personne. Gardez-en une ici, ou orientez chacune depuis sa fiche.',
  'encounter.needsName':
    'Un soin, une demande ou une orientation se gardent avec une personne. Ajoutez «\u202fQuelqu’un\u202f», même sous un surnom.',
  'encounter.save': 'Enregistrer',
  'encounter.savedWho': '{who}, {when}.',
  'encounter.saved': 'Enregistré sur cette tablette.',
  'encounter.undoReason': 'Annulée aussitôt',
  'encounter.undone': 'Rencontre annulée.',
  'encounter.undoneBody': 'Elle reste barrée dans la liste, et ne compte plus.',
  'encounter.undoneDraft': 'Ce que vous aviez écrit est revenu en brouillon.',
  'gap.nobody': 'Ajoutez quelqu’un, avec ou sans nom.',
  'gap.consent': 'Dites quel accord a été donné, ou retirez l’orientation.',
  'gap.structure': 'Choisissez une structure.',
  'needs.more': 'Autres demandes',

  'refer.title': 'Orienter',
  'refer.needs': 'Pour quoi',
  'refer.where': 'Vers où',
  'refer.elsewhere': 'Ailleurs',
  'refer.noStructure':
    'Aucune structure n’est encore sur cet appareil. Elles arrivent avec le réseau.',
  'refer.noDelay': 'sans délai annoncé',
  'refer.decides': 'décide en {length}',
  'refer.consent': 'Accord de {name}',
  'refer.send': 'Envoyer',
  'refer.sent': 'Orientation de {name}.',
  'refer.sentBody': 'Enregistrée sur cette tablette, elle part avec le réseau.',

  'met.voided': 'annulée',
  'met.amended': 'corrigée',
  'met.amend': 'Corriger',
  'met.amendItem': 'Corriger le nombre\u00a0: {item}',
  'met.amendTitle': 'Corriger\u00a0: {item}',
  'met.amendSave': 'Écrire la correction',
  'met.amendDone': '{item}, {to} au lieu de {from}.',
  'met.nothing': 'rien de donné',
  'met.void': 'Annuler la rencontre',
  'met.voidHint':
    'La rencontre avec {who} ne comptera plus. Elle restera barrée dans la liste, avec votre raison.',
  'met.voidDone': 'Rencontre annulée.',
  'reason.label': 'Pourquoi',
  'reason.missing': 'Dites pourquoi, en quelques mots.',
  'reason.was': 'Noté\u00a0: {n}',
  'round.title': 'La tournée',
  'round.empty': 'Aucune rencontre encore.',
  'round.draftsFirst':
    '{n} {n|brouillon attend|brouillons attendent}. Enregistrez ou jetez avant de terminer.',
  'round.close': 'Terminer la maraude',
  'round.how': 'Comment c’était',
  'round.howHint':
    'Le reste du compte rendu s’écrit tout seul. Parlez du lieu, ne nommez personne.',
  'round.howExample': 'Calme, peu de monde au nord du canal',
  'round.closed': 'Maraude terminée.',
  'round.closedBody':
    '{encounters} {encounters|rencontre|rencontres}, {people} {people|personne|personnes}, gardées sur cette tablette.',

  'people.title': 'Personnes',
  'people.total': '{shown} {n|personne|personnes}',
  'person.noName': 'Sans surnom',
  'person.also': 'dit aussi',
  'person.aliases': 'Surnoms',
  'person.meet': 'Rencontre',
  'person.refer': 'Orienter',
  'person.noPatrol': 'Pour une rencontre, ouvrez d’abord une maraude.',
  'person.known': 'Ce que l’on sait',
  'person.plain': 'en clair\u00a0: le serveur lit ces réponses',
  'person.sealed': 'Scellé',
  'person.consents': 'Accords',
  'person.timeline': 'Le fil',
  'person.saved': 'Enregistré sur cette tablette.',
  'same.begin': 'C’est la même personne que…',
  'same.pick': '{name} est la même personne que…',
  'same.question': 'C’est la même personne\u202f?',
  'same.count': '{n} fiches',
  'same.alike': 'Surnoms qui se ressemblent',
  'same.search': 'Cherchez par un autre surnom, ou par un signe.',
  'same.met': 'Dernière rencontre\u00a0: {ago}',
  'same.neverMet': 'Pas encore rencontré',
  'same.together':
    'Les deux fiches restent. Leur fil se lit ensemble, sous le nom «\u202f{name}\u202f», et chaque surnom les retrouve.',
  'same.differ': 'Là où elles diffèrent, les deux réponses se voient.',
  'same.consents':
    'Si les accords diffèrent, le plus prudent vaut, jusqu’à ce que la personne réponde de nouveau.',
  'same.canPart': 'Si c’est une erreur, on les sépare quand on veut, ici ou ailleurs.',
  'same.another': 'Quelqu’un d’autre',
  'same.confirm': 'C’est la même personne',
  'same.done': '{one} et {other}, une seule personne.',
  'same.records': 'Une personne, {n} fiches',
  'same.joined': 'Réunis par {author}, {when}',
  'same.part': 'Ce n’est pas la même personne',
  'same.partTitle': '{name} est quelqu’un d’autre\u202f?',
  'same.partBody':
    '«\u202f{name}\u202f» redevient une personne à part, avec ce qui est sur sa fiche. {n|L’autre fiche reste|Les autres fiches restent ensemble}.',
  'same.partSince':
    'Ce qui a été noté depuis qu’ils sont réunis est sur la fiche «\u202f{name}\u202f», et y reste.',
  'same.partConsents':
    'Un accord donné pendant ce temps a pu être noté sur plusieurs fiches\u00a0: redemandez-le à chacun.',
  'same.partConfirm': 'Séparer',
  'same.parted': '{name} est de nouveau à part.',
  'erase.begin': 'Effacer cette personne',
  'erase.hint': 'À sa demande\u00a0: tout ce qui la concerne, sur tous les appareils.',
  'erase.title': 'Effacer {name}',
  'erase.lost': 'Ce qui sera perdu',
  'erase.names': 'Ses surnoms, ses signes, ses réponses et ses accords.',
  'erase.told': 'Son fil\u00a0: {what}.',
  'erase.contacts': '{n} {n|rencontre|rencontres}',
  'erase.requests': '{n} {n|demande|demandes}',
  'erase.notes': '{n} {n|note d’équipe|notes d’équipe}',
  'erase.records': 'Ses {n} fiches, réunies comme une seule personne\u00a0: toutes ensemble.',
  'erase.health': 'Son dossier de santé\u00a0: {n} {n|écrit|écrits}.',
  'erase.healthUnread': 'Son dossier de santé, s’il y en a un\u00a0: vous ne le lisez pas.',
  'erase.stays': 'Ce qui reste, sans aucun nom',
  'erase.kits': 'Les rencontres et le matériel donné restent comptés.',
  'erase.referrals': 'Ses orientations gardent leurs étapes et leurs décisions.',
  'erase.how': 'Comment cela se passe',
  'erase.forGood': 'Cela ne se défait pas. Personne ne pourra plus rien en retrouver.',
  'erase.offline':
    'Un appareil hors ligne efface dès qu’il retrouve du réseau. Vous le suivez dans Association, Effacements.',
  'erase.unreached':
    'Ne sont pas atteints\u00a0: le papier, un appareil retiré, une sauvegarde du serveur faite avant.',
  'erase.goOn': 'Continuer',
  'erase.type': 'Pour confirmer, écrivez\u00a0: {word}',
  'erase.word': 'effacer',
  'erase.differs': 'Ce n’est pas «\u202f{word}\u202f». Rien n’a changé.',
  'erase.confirm': 'Effacer définitivement',
  'erase.saved': 'Effacement demandé',
  'erase.savedBody': 'Il prend effet dès que le serveur le sait.',
  'erasing.body':
    'Par {author}, {when}. Il prend effet dès que le serveur le sait. D’ici là, plus rien ne s’écrit ici.',
  'erased.person': 'Personne effacée',
  'erased.title': 'Cette personne a été effacée.',
  'erased.body': 'Sa fiche n’est plus ici.',
  'erasures.title': 'Effacements',
  'erasures.none': 'Aucun. Un effacement se demande au bas de la fiche d’une personne.',
  'erasures.what': '{n} {n|fiche effacée|fiches effacées}',
  'erasures.asked': 'demandé, en attente du réseau',
  'erasures.unknown': 'Le serveur n’a pas encore dit où en sont les appareils.',
  'erasures.all': 'Fait partout\u00a0: {n} {n|appareil|appareils}',
  'erasures.done': 'Fait sur {done} {done|appareil|appareils} sur {of}. En attente\u00a0:',
  'erasures.waiting': 'Appareils en attente',
  'erasures.health': 'reste le dossier de santé',
  'erasures.known': 'D’après le serveur, {when}.',
  'erasures.retired': 'Un appareil retiré garde, derrière son code, ce qu’il avait lu.',
  'duplicates.title': 'Doublons possibles',
  'duplicates.hint':
    'Des surnoms qui se ressemblent. Cela ne prouve rien\u00a0: regardez les deux fiches, demandez à qui les connaît.',
  'duplicates.none': 'Aucun surnom ne ressemble à un autre. Rien à faire.',
  'duplicates.more': 'Les {n} paires les plus ressemblantes. D’autres suivent.',
  'like.written': 'même surnom',
  'like.sound': 'se disent pareil',
  'like.slip': 'à une lettre près',
  'consent.undecided':
    'Deux réponses existent pour le partage. En attendant, la plus prudente vaut\u00a0: {value}. Redemandez.',
  'consent.refused': 'La dernière réponse pour le partage était un refus. Redemandez.',
  'aliases.title': 'Surnoms',
  'aliases.remove': 'Retirer «\u202f{alias}\u202f»',
  'aliases.add': 'Ajouter',
  'field.plain': 'en clair',
  'field.sealed': 'scellé',
  'field.plainHint': 'Le serveur lit cette réponse, sans nom.',
  'field.needsConsent':
    'Cette réponse sert aux statistiques. Demandez l’accord de la personne avant de l’écrire.',
  'field.who': 'Qui l’a écrit',
  'field.byWhen': '{author}, {when}',
  'field.conflict': 'Deux valeurs existent. Voir les conflits.',
  'field.undecided':
    'Deux réponses existent. En attendant, la plus prudente vaut. Demandez à la personne, puis enregistrez.',
  'field.byWhenElsewhere': '{author}, {when}, sur une autre fiche',
  'field.otherRecord': 'Autre fiche\u00a0: {value}, {author}',
  'field.save': 'Enregistrer',
  'field.left': 'Encore {n} {n|signe|signes}.',
  'field.empty': 'Non noté',
  'field.yes': 'Oui',
  'field.no': 'Non',
  'fact.conflict': 'deux valeurs',
  'fact.undecided': 'pas encore décidé',
  'requests.title': 'Demandes',
  'requests.close': 'Clore',
  'requests.closeTitle': 'Clore\u00a0: {need}',
  'requests.closeHint': 'La demande reste dans le fil, avec son état.',
  'timeline.encounter': 'Rencontre',
  'timeline.care': 'Soin',
  'timeline.careAlone': 'La rencontre n’est pas retrouvée sur cet appareil.',
  'timeline.request': 'Demande',
  'timeline.referral': 'Orientation',
  'timeline.sealedBy': 'scellé, {author}',
  'timeline.empty': 'Rien encore.',

  'queue.title': 'File des orientations',
  'queue.openCount': '{n} {n|ouverte|ouvertes}',
  'queue.lateCount': '{n} en retard',
  'queue.filter': 'Filtrer',
  'queue.filterOpen': 'Ouvertes',
  'queue.filterToTake': 'À prendre',
  'queue.filterMine': 'À moi',
  'queue.filterWaiting': 'En attente',
  'queue.filterOver': 'Closes',
  'queue.toTake': 'à prendre',
  'queue.empty': 'Aucune orientation ici.',
  'queue.caption': 'Orientations, la plus proche de son échéance d’abord',
  'queue.person': 'Personne',
  'queue.need': 'Besoin',
  'queue.to': 'Vers',
  'queue.state': 'État',
  'queue.age': 'Temps',
  'queue.owner': 'Qui s’en charge',
  'queue.nobody': 'personne',
  'queue.noNeed': 'Besoin non dit',
  'queue.noStructure': 'Structure non dite',
  'queue.needTo': '{need}, à {to}',
  'queue.keysRows': 'ligne suivante, précédente',
  'queue.keysMoves': 'La lettre sur un bouton fait le même geste.',
  'queue.detailOf': 'Orientation de {name}',
  'queue.steps': 'Où en est l’orientation',
  'queue.left': 'Il reste {length} pour décider.',
  'queue.lateBy': '{length} de trop.',
  'queue.before': 'Avant {when}, délai figé à l’envoi.',
  'queue.noteOf': 'note de {author}, scellée',
  'queue.over': 'Cette orientation est close. Une suite en demande une nouvelle, depuis la fiche.',
  'queue.moved': '{name}\u00a0: {state}.',
  'queue.whyDeclined': 'Pourquoi refuser',
  'queue.declineHint': 'La personne et l’équipe verront le refus\u202f; la raison reste scellée.',
  'ruling.pending': 'faite hors ligne, à relire',
  'step.sent': 'Envoyée',
  'step.triage': 'Prise',
  'step.offered': 'Proposée',
  'step.accepted': 'Acceptée',
  'step.inService': 'Arrivée',
  'age.paused': 'en pause, {length}',
  'age.since': 'depuis {length}',
  'age.of': '{passed} sur {whole}',
  'age.late': '{passed}, {over} de trop',

  'conflicts.title': '{n|Rien à régler|Conflits à régler}',
  'conflicts.list': 'Conflits à régler',
  'conflicts.none': 'Aucun champ n’a deux valeurs. Rien à faire.',
  'conflict.title': '{name}\u00a0: deux appareils ont écrit sans se voir',
  'conflict.body': '{authors} ont écrit. Rien n’est perdu, choisissez.',
  'conflict.takenTitle': '{name}\u00a0: une réponse a été retirée',
  'conflict.takenBody':
    'L’appareil de {taker} l’a retirée sans rien mettre à sa place. Escale ne fait pas cela\u00a0: prévenez la personne qui administre Escale. Rien n’est perdu, choisissez.',
  'conflict.record': 'Fiche «\u202f{name}\u202f»',
  'conflict.meanwhile': 'En attendant, la réponse la plus prudente vaut\u00a0: {value}.',
  'conflict.lane': '{letter}\u00a0: {author}, {when}.',
  'conflict.yourChoice': 'Votre choix',
  'conflict.compare': 'Comparer et choisir',
  'conflict.keep': 'Garder {letter}',
  'conflict.kept': 'gardé',
  'conflict.result': 'Ce qui sera écrit',
  'conflict.signed': 'signé de vous, {name}',
  'conflict.nothingYet': 'Rien encore. Choisissez une valeur, ou écrivez-en une autre.',
  'conflict.another': 'Écrire autre chose',
  'conflict.stays': 'Restera dans l’historique\u00a0:',
  'conflict.leftOne': '«\u202f{value}\u202f», {author}',
  'conflict.nothingLost': 'Chacun verra votre choix.',
  'conflict.healthSeen': 'Les soignants verront votre choix.',
  'conflict.write': 'Écrire cette valeur',
  'conflict.chooseFirst': 'Choisissez d’abord',
  'conflict.written': '{field}\u00a0: {value}.',

  'line.add': 'Ajouter\u00a0: {kind}',
  'line.correct': 'Corriger {name}',
  'line.name': 'Dites au moins un nom.',
  'line.offline':
    'Le serveur n’a pas répondu\u00a0: zones et structures s’écrivent avec du réseau. Ce que vous avez écrit reste ici.',
  'team.title': 'Équipe',
  'team.add': 'Ajouter quelqu’un',
  'team.nameAndRole': 'Dites un prénom et un rôle.',
  'team.here': 'cet appareil',
  'team.administers': 'administre',
  'team.noDevice': 'Aucun appareil.',
  'device.joined': 'là depuis\u00a0: {when}',
  'device.wrote': 'dernier envoi\u00a0: {when}',
  'device.wroteNever': 'n’a rien envoyé',
  'device.retire': 'Retirer cet appareil',
  'device.retireOf': 'Retirer cet appareil, {id}, {name}',
  'device.retireTitle': 'Retirer un appareil de {name}',
  'device.which': 'L’appareil {id}. Perdu, volé, ou plus utilisé\u00a0: voici ce qui se passe.',
  'device.leave': 'Ne rien changer',
  'device.silent': 'Il ne peut plus rien envoyer ni recevoir.',
  'device.keeps':
    'Ce qu’il a déjà lu y reste, derrière son code\u00a0: rien ne s’efface à distance.',
  'device.unsent':
    'Ce qu’il n’a pas encore envoyé y reste\u00a0: retrouvé, il l’enregistre dans un fichier que vous reprenez ici.',
  'device.newKey':
    'Ce que tous les autres notent ensuite l’est sous une nouvelle clé, qu’il n’a pas.',
  'device.whenOnline': 'Cela prend effet dès que l’appareil que vous tenez a du réseau.',
  'device.forGood': 'Cela ne se défait pas\u00a0: retrouvé, il faudra l’inviter comme un nouveau.',
  'device.waiting': 'Retiré, en attente du réseau',
  'device.retired': 'Retiré',
  'device.saved': 'L’appareil est retiré dès que le serveur le sait.',
  'doubts.title': '{n} {n|appareil|appareils} à vérifier',
  'doubts.body': 'Tout ce que les autres ont noté est là, et compte.',
  'doubts.void':
    '{n} {n|écrit|écrits} contre les règles, que le serveur aurait dû refuser ({when}). {n|Il ne compte|Ils ne comptent} pas.',
  'doubts.late':
    '{n} {n|écrit pris|écrits pris} par le serveur alors que cet appareil était retiré ({when}). {n|Il ne compte|Ils ne comptent} pas.',
  'doubts.closed':
    '{n} {n|écrit abîmé, que personne ne peut|écrits abîmés, que personne ne peut} lire ({when}).',
  'doubts.copied':
    'Quelqu’un d’autre écrit peut-être à sa place, d’un second appareil\u00a0: celui-ci a pu être copié ({when}).',
  'doubts.call':
    'Appelez {name}\u00a0: où est cet appareil, qui s’en sert\u202f? Au moindre doute, retirez\u2011le. Ce qu’il a envoyé et qui se lit reste.',
  'doubts.callOther':
    'C’est l’appareil que vous tenez. Parlez-en à une autre personne qui administre Escale\u00a0: elle peut le retirer.',
  'doubts.callServer': 'Dites-le à la personne qui tient le serveur.',
  'invite.device': 'Ajouter un appareil',
  'invite.deviceOf': 'Ajouter un appareil de {name}',
  'invite.of': 'Invitation de {name}',
  'invite.link': 'Lien d’invitation de {name}',
  'invite.hand':
    'Donnez ce lien à {name}. Il sert une fois, avant {when}. Restez sur cette page et appelez\u00a0: des lettres vont apparaître.',
  'invite.copy': 'Copier le lien',
  'invite.copied': 'Copié',
  'invite.drop': 'Retirer l’invitation',
  'invite.compare':
    'Un appareil attend, au nom de {name} ({role}). Appelez\u00a0: son écran doit montrer ces seize lettres. Si une seule diffère, quelqu’un s’est mis entre vous.',
  'invite.confirmed': 'L’appareil est invité, il lit les dossiers dès que le serveur le sait.',
  'addDevice.linkTitle': 'Par un lien',
  'addDevice.linkBody':
    'Vous lui donnez un lien, il l’ouvre, et vous comparez des lettres au téléphone. Il faut du réseau des deux côtés.',
  'addDevice.link': 'Créer un lien',
  'addDevice.handTitle': 'Par la demande qu’il montre',
  'addDevice.handBody':
    'Sur cet appareil, ouvrez Escale et touchez «\u202f{action}\u202f». Cela marche sans réseau.',
  'addDevice.film': 'Filmer la demande',
  'addDevice.filmed':
    'Filmée sur son écran, devant vous\u00a0: l’appareil est invité aussitôt, au nom de {name} ({role}). Une image qu’on vous a envoyée ne suffit pas.',
  'addDevice.pasted':
    'Reçue dans un message\u00a0: collez-la. L’appareil n’est invité qu’une fois seize lettres comparées à voix haute.',
  'answer.of': 'Réponse à l’appareil de {name}',
  'answer.copy': 'Copier la réponse',
  'answer.filmed':
    'L’appareil que vous avez filmé est invité, au nom de {name} ({role}). Montrez-lui cette réponse.',
  'answer.filmedLetters':
    'S’il l’a reçue dans un message, son écran montre seize lettres\u00a0: celles-ci. Sinon, qu’il s’arrête, et retirez cet appareil de la liste.',
  'answer.pasted':
    'Un appareil demande à entrer au nom de {name} ({role}). D’abord, montrez-lui cette réponse, ou envoyez-la.',
  'answer.pastedLetters':
    'Puis appelez {name}\u00a0: son écran doit montrer ces seize lettres. Comparez à voix haute, jamais par message. Si une seule diffère, quelqu’un s’est mis entre vous.',
  'answer.whenOnline':
    'Le nouvel appareil entrera dès que celui que vous tenez aura eu du réseau, et que lui-même en aura.',
  'answer.done': 'Terminé',
  'health.section': 'Santé',
  'health.title': 'Dossier de santé',
  'health.only': 'lu par les soignants seulement',
  'health.closed': 'Ce qui touche à la santé est lu par les soignants seulement.',
  'health.teamSees': 'L’équipe voit seulement qu’un soin a été donné.',
  'health.oneAtATime': 'le détail se note pour une personne à la fois',
  'health.teamNote': 'Note pour toute l’équipe',
  'health.noteOfTeam': 'rien de médical ici',
  'health.waiting': 'Le dossier de santé s’ouvre bientôt ici',
  'health.waitingBody':
    'Cet appareil en a reçu la clé. Il la change d’abord, pour qu’elle ne soit plus qu’aux soignants, puis il lit le dossier. Il lui faut du réseau\u202f; vous n’avez rien à faire.',
  'health.whoReads': 'Qui le lit',
  'health.readsSince': 'le lit depuis\u00a0: {when}',
  'health.nobodyReads': 'Personne encore.',
  'health.whoWaits': 'En attente d’accès',
  'health.knowWhose':
    'Soyez sûr de la personne qui tient l’appareil\u00a0: parlez-lui avant. Ce qu’il aura lu ne se reprend pas.',
  'health.colleagueGives': 'Une soignante qui y a accès l’ouvre sur son appareil, dans Plus.',
  'health.give': 'Donner accès',
  'health.giveTo': 'Donner accès à un appareil de {name}',
  'health.given': '{name} lira le dossier de santé.',
  'health.givenBody': 'Dès que le serveur le sait.',
  'health.givenWaiting': 'accès donné, en attente du réseau',
  'health.takenWaiting': 'accès retiré, en attente du réseau',
  'health.take': 'Retirer l’accès',
  'health.takeOf': 'Retirer l’accès d’un appareil de {name}',
  'health.takeTitle': 'Retirer le dossier de santé à {name}',
  'health.takeWhich': 'L’appareil {id}. Voici ce qui se passe.',
  'health.takeEnds':
    'Il ne lira plus ce que les soignants noteront ensuite\u00a0: une nouvelle clé, qu’il n’a pas.',
  'health.takeUnsent':
    'Ce qu’il a noté sur la santé sans l’envoyer reste dessus\u00a0: faites-le envoyer avant.',
  'health.takeRest': 'Tout le reste continue\u00a0: maraudes, personnes, rencontres.',
  'health.takeWhen':
    'Cela prend effet quand l’appareil que vous tenez, puis celui d’un soignant, ont eu du réseau.',
  'health.takeAgain': 'Une soignante qui y a accès peut le lui redonner.',
  'health.taken': 'L’accès est retiré dès que le serveur le sait.',
  'health.what':
    'Soins donnés, consommations, notes de santé\u00a0: à part, sous une clé que seuls les soignants ont.',
  'health.readToday': 'Le liront\u00a0: {names}.',
  'health.readByHealth': 'Le liront les personnes dont le rôle est «\u202fSanté\u202f».',
  'health.notYou':
    'Vous ne pourrez pas le lire, et le serveur non plus. Vous pourrez en retirer l’accès.',
  'health.papers':
    'Deux des papiers de secours le rouvrent, si tous les appareils des soignants sont perdus.',
  'health.openWhen':
    'Il s’ouvre quand cet appareil, puis celui d’un soignant, ont eu du réseau. Cela ne se défait pas.',
  'health.open': 'Ouvrir le dossier de santé',
  'health.openSaved': 'Il s’ouvre dès que le serveur le sait.',
  'health.needsDevice':
    'Il faut d’abord qu’une personne de rôle «\u202fSanté\u202f» ait un appareil\u00a0: ajoutez-le dans Équipe.',
  'health.opening':
    'L’ouverture est enregistrée. Elle prend effet quand cet appareil, puis celui d’un soignant, ont eu du réseau.',
  'health.opened': 'Ouvert. Vous ne le lisez pas\u202f; vous pouvez en retirer l’accès.',
  'health.notHere': 'Cet appareil ne lit pas le dossier de santé',
  'health.notOpened':
    'Il n’est pas ouvert. La personne qui administre Escale l’ouvre, dans Association.',
  'health.askReaders':
    '{names} {n|peut|peuvent} lui donner accès, sur {n|son appareil|leurs appareils}, dans Plus.',
  'health.askColleague': 'Une soignante qui y a accès l’ouvre sur son appareil, dans Plus.',
  'health.asked': '{names} {n|attend|attendent} l’accès au dossier de santé',
  'health.askedBody': 'Vous pouvez le donner.',
  'health.look': 'Voir',
  'care.add': 'Ajouter un soin',
  'care.addTo': 'Ajouter un soin à la rencontre\u00a0: {when}',
  'care.of': '{name}, rencontre\u00a0: {when}',
  'care.added': 'Soin ajouté\u00a0: {name}.',
  'care.nothing': 'Touchez un soin, ou écrivez une note de santé.',
  'gap.healthOfSeveral':
    'Le soin noté est celui d’une seule personne. Gardez-la seule ici, ou effacez le soin et sa note.',
  'gap.healthClosed':
    'Le dossier de santé n’est pas ouvert sur cet appareil\u00a0: le brouillon reste. Attendez, ou effacez le soin et sa note.',
  'device.health': 'Il ne lira plus le dossier de santé non plus.',
  'codes.change': 'Modifier',
  'codes.changeOf': 'Modifier\u00a0: {what}',
  'unsent.title': 'Ce qui attend',
  'unsent.nothing': 'Tout est sur le serveur.',
  'unsent.count': '{n} {n|écrit est|écrits sont} sur cette tablette. Rien à faire.',
  'unsent.countAside': '{n} {n|écrit est|écrits sont} sur cette tablette, dont {aside} à voir.',
  'unsent.lastReached': 'Le serveur a répondu à {when}.',
  'unsent.neverReached': 'Le serveur n’a pas encore répondu.',
  'unsent.nextTry': 'Nouvel essai à {when}, ou touchez «\u202fEssayer\u202f».',
  'unsent.try': 'Essayer',
  'unsent.trying': 'Essai…',
  'unsent.aside':
    'Le serveur l’a refusé ({code}). Il reste ici. Montrez cet écran à la personne qui administre Escale.',
  'unsent.heldRow': 'Attend que revienne ce que cet écrit corrige\u00a0: le serveur l’a perdu.',
  'unsent.heldAdministrator':
    'Attend l’appareil d’un administrateur, qui rapportera la clé que le serveur a perdue.',
  'unsent.member': 'Arrivée ou retrait d’un appareil',
  'unsent.epoch': 'Nouvelle clé',
  'unsent.erase': 'Effacement',
  'unsent.hint': 'Tout part seul, dans l’ordre, dès qu’il y a du réseau.',
  'more.toSettle': '{n} à régler',
  'more.toCheck': '{n} à vérifier',
  'more.display': 'Affichage',
} as const;

export type Key = keyof typeof fr;
export type Dictionary = Readonly<Record<Key, string>>;
