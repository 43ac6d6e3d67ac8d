/**
 * The words of the app, and the source of their keys.
 *
 * A narrow no-break space (\u202f) stands before ; ? and inside « », a no-break space (\u00a0)
 * before the colon. What stands between braces is filled in when shown.
 */
export const fr = {
  'app.offline': 'Hors ligne',
  'app.version': 'Escale {version}',
  'app.serverVersion': 'Serveur {version}',

  'welcome.title': 'Cet appareil n’a rejoint aucune association',
  'welcome.ask.title': 'Demandez un lien d’invitation',
  'welcome.ask.body':
    'La personne qui administre Escale dans votre association peut vous en donner un.',
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

  'settings.toLight': 'Jour',
  'settings.toDark': 'Nuit',
  'settings.otherLanguage': 'English',
} as const;

export type Key = keyof typeof fr;
export type Dictionary = Readonly<Record<Key, string>>;
